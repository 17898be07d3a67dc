// What is kept of the browser that logged in: its own small attribute, packed like data.
import { createHmac } from 'node:crypto'
import { InvalidArgumentError, MissingSecretKeyError, SessionDataError } from '../../base/errors.ts'
import { isPlainObject } from '../../base/is-plain-object.ts'
import type { AttributeValue, Item } from '../../dynamodb/dynamo.ts'
import { createCodec } from '../../items/codec.ts'
import type { Codec } from '../../items/codec.ts'
import type { Device, DeviceRequest, ResolvedOptions } from '../../options/options.ts'
import { labelOf } from './device-label.ts'

const MOST_VALUES = 16
/** A browser says of itself what it likes, at any length. */
const MOST_TEXT = 200

/** The device as text; `undefined` where there is nothing to keep. @throws InvalidArgumentError for what is no flat object. */
export function deviceText(device: unknown): string | undefined {
  if (device === undefined || device === null) return undefined
  const entries = isPlainObject(device) ? Object.entries(device).filter(([, value]) => value !== undefined && value !== null) : undefined
  const isFlat = entries?.every(([, value]) => ['string', 'boolean'].includes(typeof value) || Number.isFinite(value))
  if (!entries || !isFlat || entries.length > MOST_VALUES)
    throw new InvalidArgumentError('device', `must be an object of at most ${MOST_VALUES} texts, numbers and booleans`)
  if (entries.length === 0) return undefined
  return JSON.stringify(Object.fromEntries(entries.map(([name, value]) => [name, typeof value === 'string' ? cut(value) : value])))
}

function cut(text: string): string {
  // Whole characters, none of which is half of a pair.
  return (text.length > MOST_TEXT ? text.slice(0, MOST_TEXT) : text).replace(
    /[\uD800-\uDBFF](?![\uDC00-\uDFFF])|(?<![\uD800-\uDBFF])[\uDC00-\uDFFF]/g,
    '',
  )
}

/** What the option `device` keeps of a request; called when it logs in. @returns `undefined` where the option is not set. */
export function deviceBy(
  { device, secretKey }: Pick<ResolvedOptions, 'device' | 'secretKey'>,
  headers: DeviceRequest['headers'],
): (() => Device | undefined) | undefined {
  if (!device) return undefined
  return () => {
    const label = labelOf(headers.get('user-agent'))
    if (device === true) return label === undefined ? undefined : { label }
    return device({ headers, label, hash: (text) => hashBy(secretKey, text) })
  }
}

/** Parted from the signatures of cookies by a character that no id has. */
function hashBy(secretKey: ResolvedOptions['secretKey'], text: string): string {
  const secret = typeof secretKey === 'string' ? secretKey : secretKey?.[0]
  if (secret === undefined)
    throw new MissingSecretKeyError('A hash of what a browser tells needs a secret: set `secretKey` or AWS_DYNAMO_DB_SESSION_SECRET_KEY')
  return createHmac('sha256', secret).update(`device\0${text}`).digest('base64url').slice(0, 22)
}

export interface DeviceCodec {
  pack(key: string, text: string): Promise<AttributeValue>
  /** `undefined` where it cannot be had: no session ends by that. */
  unpack(key: string, attribute: AttributeValue | undefined): Promise<string | undefined>
}

const place = (key: string): string => `${key}#device`

/** Encrypted where data is, for its own key and place. */
export function createDeviceCodec(options: ResolvedOptions): DeviceCodec {
  let made: Codec | undefined
  const codec = (): Codec => (made ??= createCodec({ ...options, compression: false }))
  return {
    pack: async (key, text) => (await codec().pack(place(key), text)).data,
    async unpack(key, attribute) {
      if (!attribute) return undefined
      const item: Item = { data: attribute }
      if (attribute.B !== undefined) item.encoding = { S: 'aes-256-gcm' }
      try {
        return (await codec().unpack(place(key), item)).toString()
      } catch (error) {
        if (error instanceof SessionDataError) return undefined
        throw error
      }
    },
  }
}

/** The device of such a text; `undefined` for what another program wrote there. */
export function parseDevice(text: string | undefined): Device | undefined {
  if (text === undefined) return undefined
  try {
    const device: unknown = JSON.parse(text)
    return isPlainObject(device) ? (device as Device) : undefined
  } catch {
    return undefined
  }
}
