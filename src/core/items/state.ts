import { createCipheriv, createDecipheriv, createSecretKey, randomBytes } from 'node:crypto'
import type { KeyObject } from 'node:crypto'
import { promisify } from 'node:util'
import { gunzip, gzip } from 'node:zlib'
import { MAX_ITEM_SIZE } from '../dynamodb/translate-error.ts'
import type { AttributeValue, Item } from '../dynamodb/dynamo.ts'
import { InvalidKeyError, SessionDataError, SessionTooLargeError } from '../base/errors.ts'
import { encryptionKeyBytes } from '../options/options.ts'
import type { ResolvedOptions } from '../options/options.ts'

const MAX_KEY_SIZE = 2048
/** What a record may inflate to; a few kilobytes of gzip can hold gigabytes. */
const MAX_INFLATED_SIZE = 16 * 1024 * 1024
const COMPRESS_FROM = 1024
/** What `pack` writes, and nothing else: a chain of a thousand steps would keep a reader busy. */
const ENCODINGS = new Set(['gzip', 'aes-256-gcm', 'gzip+aes-256-gcm', 'bytes+gzip', 'bytes+aes-256-gcm', 'bytes+gzip+aes-256-gcm'])
/** The last second, on either side of the epoch, that a Date can hold. */
const MAX_TIME = 8.64e12
const IV_SIZE = 12
const TAG_SIZE = 16

/** The attributes of a lock, present while a session is locked. */
export const LOCK_ATTRIBUTES = ['locked_at', 'lock_token', 'lock_expires_at'] as const

/** What the attributes of an item say, apart from its data. Times are seconds since the epoch. */
export interface ItemState {
  readonly key: string
  readonly createdAt: number
  readonly updatedAt: number
  readonly expireAt: number | undefined
  readonly maxExpireAt: number | undefined
  /** As stored: another program may have written more digits than a number holds, which a condition would never match. */
  readonly rawMaxExpireAt: AttributeValue | undefined
  readonly version: string | undefined
  /** Set on the tombstone of a regenerated session: the token of the regeneration. */
  readonly moved: string | undefined
  /** As stored, type and text: what a condition compares where the version alone does not tell of every write. */
  readonly rawUpdatedAt: AttributeValue
}

/** `data` as it is stored, and how it is packed when it is not plain text. */
export interface Packed {
  readonly data: AttributeValue
  readonly encoding: string | undefined
}

/** Packs data into an attribute and back: gzip and AES-256-GCM where the options say so. */
export interface Codec {
  pack(key: string, content: string | Uint8Array): Promise<Packed>
  /** Answers text as string and raw bytes as Buffer. Throws `SessionDataError` when it cannot. */
  unpack(key: string, item: Item): Promise<string | Buffer>
}

/** Whether the item exists for readers: it has data and is not expired. Throws where `expire_at` makes no sense. */
export function isLive(key: string, item: Item | undefined, at: number): item is Item {
  if (!item?.data) return false
  const expireAt = timeOf(key, item, 'expire_at')
  if (expireAt !== undefined && expireAt <= at) return false
  // During its grace time a tombstone still has data; `max_expire_at` is when that ends.
  return item.moved === undefined || (timeOf(key, item, 'max_expire_at') ?? 0) > at
}

/** The state of a live item; throws `SessionDataError` when a time is missing or no number. */
export function stateOf(key: string, item: Item): ItemState {
  const createdAt = timeOf(key, item, 'created_at')
  const updatedAt = timeOf(key, item, 'updated_at')
  if (createdAt === undefined || updatedAt === undefined) throw new SessionDataError(key, 'has no created_at or no updated_at')
  for (const name of ['version', 'moved']) {
    if (item[name] && item[name].S === undefined) throw new SessionDataError(key, `has a ${name} that is not a text`)
  }
  return {
    key,
    createdAt,
    updatedAt,
    expireAt: timeOf(key, item, 'expire_at'),
    maxExpireAt: timeOf(key, item, 'max_expire_at'),
    rawMaxExpireAt: item.max_expire_at,
    version: item.version?.S,
    moved: item.moved?.S,
    rawUpdatedAt: item.updated_at as AttributeValue,
  }
}

/** A time in seconds. The Ruby gem writes S where we write N, so both are understood. */
export function timeOf(key: string, item: Item, name: string): number | undefined {
  const attribute = item[name]
  if (attribute === undefined) return undefined
  // The ends of life are compared by DynamoDB too, which knows them as numbers only.
  const text = attribute.N ?? (name === 'created_at' || name === 'updated_at' ? attribute.S : undefined)
  const value = text === undefined || text.trim() === '' ? NaN : Number(text)
  if (!(Math.abs(value) <= MAX_TIME)) throw new SessionDataError(key, `has a ${name} that is no time in seconds`)
  return value
}

/** A number as an attribute. */
export function numeric(value: number): AttributeValue.NMember {
  // Epoch milliseconds have 13 digits, so a fraction of three digits survives the double exactly.
  return { N: String(Math.round(value * 1000) / 1000) }
}

/** A write's token put before the tokens of the last three writes. */
export function nextVersion(version: string | undefined, token: string): string {
  return version ? [token, ...version.split('.').slice(0, 3)].join('.') : token
}

/** Whether the write of that token is among the last four. */
export function hasToken(item: Item | undefined, token: string): boolean {
  return item?.version?.S?.split('.').includes(token) ?? false
}

/** Throws `InvalidKeyError` for a key that DynamoDB does not take. */
export function checkKey(key: string): string {
  const size = Buffer.byteLength(key)
  if (size === 0 || size > MAX_KEY_SIZE || !isWellFormed(key)) throw new InvalidKeyError(size, MAX_KEY_SIZE)
  return key
}

/** Whether a text has no half of a surrogate pair, which UTF-8 does not know: it would come back as another character. */
export function isWellFormed(text: string): boolean {
  return (text as string & { isWellFormed(): boolean }).isWellFormed()
}

/** Throws `SessionTooLargeError` for an item over 400 KB, before anything is sent. */
export function checkSize(key: string, item: Item): void {
  const size = sizeOf(item)
  if (size > MAX_ITEM_SIZE) throw new SessionTooLargeError(key, size, MAX_ITEM_SIZE)
}

/** An item's size as DynamoDB counts it, for the types that we write. */
export function sizeOf(item: Item): number {
  let size = 0
  for (const [name, value] of Object.entries(item)) {
    size += Buffer.byteLength(name)
    if (value.S !== undefined) size += Buffer.byteLength(value.S)
    else if (value.N !== undefined) size += Math.ceil(value.N.length / 2) + 1
    else if (value.B !== undefined) size += value.B.byteLength
  }
  return size
}

export function createCodec(options: Pick<ResolvedOptions, 'compression' | 'encryptionKey' | 'requireEncryption'>): Codec {
  const { compression, requireEncryption } = options
  const compressFrom = compression === true ? COMPRESS_FROM : compression === false ? Infinity : compression
  const keys = secretKeys(options.encryptionKey)

  return {
    async pack(key, content) {
      const isText = typeof content === 'string'
      const length = isText ? Buffer.byteLength(content) : content.byteLength
      // Gzip could make it fit, but nobody would inflate it again.
      if (length > MAX_INFLATED_SIZE) throw new SessionTooLargeError(key, length, MAX_INFLATED_SIZE)
      const compress = compressFrom < Infinity && length >= compressFrom
      const [encryptWith] = keys
      if (!compress && !encryptWith)
        return isText ? { data: { S: content }, encoding: undefined } : { data: { B: content }, encoding: undefined }
      const encoding = [...(isText ? [] : ['bytes']), ...(compress ? ['gzip'] : []), ...(encryptWith ? ['aes-256-gcm'] : [])].join('+')
      let bytes: Uint8Array = isText ? Buffer.from(content) : content
      if (compress) bytes = await promisify(gzip)(bytes)
      if (encryptWith) bytes = encrypt(bytes, encryptWith, key, encoding)
      return { data: { B: bytes }, encoding }
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
      let bytes: Buffer = asBuffer(data.B)
      for (const step of steps.toReversed()) {
        if (step === 'aes-256-gcm') bytes = decrypt(bytes, keys, key, encoding as string)
        else if (step === 'gzip') bytes = await inflate(bytes, key)
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

async function inflate(bytes: Buffer, key: string): Promise<Buffer> {
  try {
    return await promisify(gunzip)(bytes, { maxOutputLength: MAX_INFLATED_SIZE })
  } catch (error) {
    throw new SessionDataError(key, `cannot be inflated (bounded at ${MAX_INFLATED_SIZE} bytes)`, { cause: error })
  }
}

function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}
