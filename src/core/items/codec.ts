import { createCipheriv, createDecipheriv, createSecretKey, randomBytes } from 'node:crypto'
import type { KeyObject } from 'node:crypto'
import { promisify } from 'node:util'
import { gunzip, gzip } from 'node:zlib'
import type { AttributeValue, Item } from '../dynamodb/dynamo.ts'
import { SessionDataError, SessionTooLargeError } from '../base/errors.ts'
import { encryptionKeyBytes } from '../options/options.ts'
import type { ResolvedOptions } from '../options/options.ts'

const COMPRESS_FROM = 1024
/** Bytes that gunzip makes room for at once. */
const LEAST_CHUNK = 16 * 1024
/** What `pack` writes, and nothing else: a chain of a thousand steps would keep a reader busy. */
const ENCODINGS = new Set(['gzip', 'aes-256-gcm', 'gzip+aes-256-gcm', 'bytes+gzip', 'bytes+aes-256-gcm', 'bytes+gzip+aes-256-gcm'])
const IV_SIZE = 12
const TAG_SIZE = 16

/** `data` as it is stored, and how it is packed when it is not plain text. */
export interface Packed {
  readonly data: AttributeValue
  readonly encoding: string | undefined
}

/** Packs data into an attribute and back: gzip and AES-256-GCM where the options say so. */
export interface Codec {
  pack(key: string, content: string | Uint8Array): Promise<Packed>
  /** Returns text as string and raw bytes as Buffer. Throws `SessionDataError` when it cannot. */
  unpack(key: string, item: Item): Promise<string | Buffer>
}

/** The options that say how data is packed. */
export type CodecOptions = Pick<ResolvedOptions, 'compression' | 'maxDataSize' | 'encryptionKey' | 'requireEncryption'>

export function createCodec(options: CodecOptions): Codec {
  const { compression, maxDataSize, requireEncryption } = options
  const compressFrom = compression === true ? COMPRESS_FROM : compression === false ? Infinity : compression
  const keys = secretKeys(options.encryptionKey)

  return {
    async pack(key, content) {
      const isText = typeof content === 'string'
      const length = isText ? Buffer.byteLength(content) : content.byteLength
      // Gzip could make it fit, but nobody would inflate it again.
      if (length > maxDataSize) throw new SessionTooLargeError(key, length, maxDataSize)
      const compress = compressFrom < Infinity && length >= compressFrom
      const [encryptWith] = keys
      if (!compress && !encryptWith) return { data: isText ? { S: content } : { B: toBase64(content) }, encoding: undefined }
      const encoding = [...(isText ? [] : ['bytes']), ...(compress ? ['gzip'] : []), ...(encryptWith ? ['aes-256-gcm'] : [])].join('+')
      let bytes: Uint8Array = isText ? Buffer.from(content) : content
      if (compress) bytes = await promisify(gzip)(bytes)
      if (encryptWith) bytes = encrypt(bytes, encryptWith, key, encoding)
      return { data: { B: toBase64(bytes) }, encoding }
    },

    async unpack(key, item) {
      const { data } = item
      // Text is what it is: the Ruby gem leaves an `encoding` behind when it writes over what was packed.
      const encoding = data?.B === undefined || !item.encoding ? undefined : (item.encoding.S ?? '')
      if (encoding !== undefined && !ENCODINGS.has(encoding))
        throw new SessionDataError(key, 'has an `encoding` that this version does not know')
      const steps = encoding?.split('+') ?? []
      const isBytes = data?.B !== undefined && (encoding === undefined || steps[0] === 'bytes')
      if (requireEncryption && steps.at(-1) !== 'aes-256-gcm')
        throw new SessionDataError(key, 'is not encrypted, and `requireEncryption` is set')
      if (data?.S !== undefined) return data.S
      if (data?.B === undefined) throw new SessionDataError(key, 'has data that is neither text nor bytes')
      let bytes: Buffer = Buffer.from(data.B, 'base64')
      for (const step of steps.toReversed()) {
        if (step === 'aes-256-gcm') bytes = decrypt(bytes, keys, key, encoding as string)
        else if (step === 'gzip') bytes = await inflate(bytes, key, maxDataSize)
      }
      return isBytes ? bytes : bytes.toString()
    },
  }
}

function secretKeys(option: string | readonly string[] | undefined): KeyObject[] {
  const texts = option === undefined ? [] : typeof option === 'string' ? [option] : option
  return texts.map((text) => createSecretKey(encryptionKeyBytes(text) as Buffer))
}

/** The key and the encoding are authenticated too, so that data cannot be moved to another session or unpacked in another way. */
function additionalData(key: string, encoding: string): Buffer {
  return Buffer.from(`${key}\0${encoding}`)
}

function encrypt(bytes: Uint8Array, secret: KeyObject, key: string, encoding: string): Buffer {
  const iv = randomBytes(IV_SIZE)
  const cipher = createCipheriv('aes-256-gcm', secret, iv).setAAD(additionalData(key, encoding))
  const body = Buffer.concat([cipher.update(bytes), cipher.final()])
  return Buffer.concat([iv, cipher.getAuthTag(), body])
}

function decrypt(bytes: Buffer, secrets: readonly KeyObject[], key: string, encoding: string): Buffer {
  if (secrets.length === 0) throw new SessionDataError(key, 'is encrypted, but there is no `encryptionKey`')
  for (const secret of secrets) {
    try {
      const decipher = createDecipheriv('aes-256-gcm', secret, bytes.subarray(0, IV_SIZE), { authTagLength: TAG_SIZE })
        .setAAD(additionalData(key, encoding))
        .setAuthTag(bytes.subarray(IV_SIZE, IV_SIZE + TAG_SIZE))
      return Buffer.concat([decipher.update(bytes.subarray(IV_SIZE + TAG_SIZE)), decipher.final()])
    } catch {
      continue // another key of the list may fit
    }
  }
  throw new SessionDataError(key, 'cannot be decrypted: it was tampered with, or its key is not in `encryptionKey`')
}

/** A few kilobytes of gzip can hold gigabytes. */
async function inflate(bytes: Buffer, key: string, most: number): Promise<Buffer> {
  // Gzip ends with the size of what it holds. One chunk for all of it takes a seventh of the time that many small ones take; where the
  // size is a lie, the bound holds all the same. https://www.rfc-editor.org/rfc/rfc1952#section-2.3.1
  const told = bytes.length >= 4 ? bytes.readUInt32LE(bytes.length - 4) : 0
  const chunkSize = Math.min(Math.max(told, LEAST_CHUNK), most) + 1
  try {
    return await promisify(gunzip)(bytes, { maxOutputLength: most, chunkSize })
  } catch (error) {
    throw new SessionDataError(key, `cannot be inflated within \`maxDataSize\`, ${most} bytes`, { cause: error })
  }
}

function toBase64(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64')
}
