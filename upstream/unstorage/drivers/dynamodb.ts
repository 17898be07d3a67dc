import { type DriverDependencies, type DriverFactory, type LibImport, importLib } from './utils/index.ts'
import type { DynamoDBDriver, DynamoDBDriverOptions } from 'dynamodb-sessions/driver'

export interface DynamoDBOptions extends Omit<DynamoDBDriverOptions, 'driver'> {
  /**
   * Optionally provide the [`dynamodb-sessions/driver`](https://www.npmjs.com/package/dynamodb-sessions) library
   * to avoid dynamically importing it.
   */
  lib?: LibImport<typeof import('dynamodb-sessions/driver')>
}

export const DRIVER_DEPENDENCIES: DriverDependencies = {
  lib: { name: 'dynamodb-sessions', import: 'dynamodb-sessions/driver', version: '>=0.1.0 <2' },
}

const DRIVER_NAME = 'dynamodb'

const driver: DriverFactory<DynamoDBOptions, Promise<DynamoDBDriver>> = (opts) => {
  const { lib, ...options } = opts
  let made: Promise<DynamoDBDriver> | undefined
  const getDriver = (): Promise<DynamoDBDriver> =>
    (made ??= importLib(DRIVER_NAME, 'dynamodb-sessions/driver', lib).then(({ default: create }) => create(options)))

  return {
    name: DRIVER_NAME,
    flags: { ttl: true },
    options: opts,
    getInstance: getDriver,
    hasItem: async (key) => (await getDriver()).hasItem(key),
    getItem: async (key) => (await getDriver()).getItem(key),
    getItems: async (items) => (await getDriver()).getItems(items),
    getItemRaw: async (key) => (await getDriver()).getItemRaw(key),
    setItem: async (key, value, tOptions) => (await getDriver()).setItem(key, value, tOptions),
    setItems: async (items, commonOptions) => (await getDriver()).setItems(items, commonOptions),
    setItemRaw: async (key, value, tOptions) => (await getDriver()).setItemRaw(key, value, tOptions),
    removeItem: async (key) => (await getDriver()).removeItem(key),
    getMeta: async (key) => (await getDriver()).getMeta(key),
    getKeys: async (base) => (await getDriver()).getKeys(base),
    clear: async (base) => (await getDriver()).clear(base),
    async dispose() {
      const driver = await made?.catch(() => undefined)
      made = undefined
      await driver?.dispose()
    },
  }
}

export default driver
