// Compiled beside the installed package, with `exactOptionalPropertyTypes`: whatever may be left out may be `undefined`.
import type {
  CsrfKeyOptions,
  CsrfOptions,
  CsrfRequest,
  GarbageCollectionOptions,
  ListOptions,
  LogInOptions,
  SessionOptions,
  SessionStore,
  TableOptions,
  UserSessionsOptions,
  VerifyCsrfOptions,
} from 'dynamodb-sessions'
import type { LoadSessionConfigOptions, SessionConfig } from 'dynamodb-sessions/config'
import type dynamodbDriver from 'dynamodb-sessions/driver'
import type { DynamoDBItemOptions } from 'dynamodb-sessions/driver'
import type { AstroSessionOptions } from 'dynamodb-sessions/astro'
import type { dynamodbSecondaryStorage } from 'dynamodb-sessions/better-auth'
import type { DynamoDBStoreOptions } from 'dynamodb-sessions/express'
import type { CsrfSessionOptions, DynamoSession, DynamoSessionOptions, RequireOptions } from 'dynamodb-sessions/h3'
import type { ModuleOptions } from 'dynamodb-sessions/nuxt'
import type * as reactRouter from 'dynamodb-sessions/react-router'
import type * as remix from 'dynamodb-sessions/remix'
import type * as remix3 from 'dynamodb-sessions/remix3'
import type { FaultOptions, TestSessionsOptions } from 'dynamodb-sessions/testing'
import type { LifetimeOptions, SessionRequest } from 'dynamodb-sessions/web'

/** What may be left out of an object. */
type Optional<T> = { [Name in keyof T as object extends Pick<T, Name> ? Name : never]: T[Name] }
type Undefined<T> = { [Name in keyof Optional<T>]-?: undefined }

/** Compiles where `T` takes `undefined` for each. */
declare function takesUndefined<T extends object>(whole: Undefined<T> extends Optional<T> ? true : false): void

takesUndefined<SessionOptions>(true)
takesUndefined<TableOptions>(true)
takesUndefined<GarbageCollectionOptions>(true)
takesUndefined<LoadSessionConfigOptions>(true)
takesUndefined<NonNullable<Parameters<typeof dynamodbDriver>[0]>>(true)
takesUndefined<NonNullable<Parameters<typeof dynamodbSecondaryStorage>[0]>>(true)
takesUndefined<AstroSessionOptions>(true)
takesUndefined<DynamoDBStoreOptions>(true)
takesUndefined<Omit<NonNullable<DynamoDBStoreOptions['migrate']>, 'from'>>(true)
takesUndefined<DynamoSessionOptions>(true)
takesUndefined<NonNullable<DynamoSessionOptions['cookie']>>(true)
takesUndefined<RequireOptions<object>>(true)
takesUndefined<NonNullable<Parameters<DynamoSession['regenerate']>[0]>>(true)
takesUndefined<NonNullable<Parameters<SessionStore<object>['create']>[1]>>(true)
takesUndefined<NonNullable<Parameters<SessionStore<object>['update']>[2]>>(true)
takesUndefined<NonNullable<Parameters<SessionStore<object>['regenerate']>[1]>>(true)
takesUndefined<NonNullable<Parameters<SessionStore<object>['destroyByUser']>[1]>>(true)
takesUndefined<reactRouter.DynamoSessionStorageOptions>(true)
takesUndefined<reactRouter.RegenerateOptions>(true)
takesUndefined<remix.DynamoSessionStorageOptions>(true)
takesUndefined<NonNullable<Parameters<typeof remix3.createDynamoSessionStorage>[0]>>(true)
takesUndefined<CsrfKeyOptions>(true)
takesUndefined<CsrfOptions>(true)
takesUndefined<CsrfRequest>(true)
takesUndefined<CsrfSessionOptions>(true)
takesUndefined<VerifyCsrfOptions>(true)
takesUndefined<NonNullable<Parameters<typeof reactRouter.createCsrfMiddleware>[1]>>(true)
takesUndefined<ListOptions>(true)
takesUndefined<LogInOptions>(true)
takesUndefined<UserSessionsOptions>(true)
takesUndefined<NonNullable<Parameters<SessionStore<object>['touch']>[1]>>(true)
takesUndefined<SessionConfig>(true)
takesUndefined<DynamoDBItemOptions>(true)
takesUndefined<LifetimeOptions>(true)
takesUndefined<Exclude<SessionRequest, Request>>(true)
takesUndefined<ModuleOptions>(true)
takesUndefined<FaultOptions>(true)
takesUndefined<TestSessionsOptions>(true)
takesUndefined<reactRouter.SerializeOptions>(true)
takesUndefined<remix.RegenerateOptions>(true)

// @ts-expect-error: so that the check itself can fail.
takesUndefined<{ left?: string }>(true)
