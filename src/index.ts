export { createSessionStore } from './core/sessions/store.ts'
export type { LockedSession, LogInOptions, SessionRecord, SessionStore } from './core/sessions/store.ts'
export type { UserSession, UserSessions, UserSessionsOptions } from './core/sessions/user-sessions.ts'
export type { ListOptions } from './core/sessions/users.ts'
export { createSessionTable, deleteSessionTable, describeSessionTable, enableSessionTableTtl, ensureSessionTable } from './table/table.ts'
export type { CreatedTable, EnsuredTable, NotApplied, SessionTable, TableDifference } from './table/table.ts'
export type { TableOptions, TableProgress } from './table/definition.ts'
export { collectGarbage } from './gc/gc.ts'
export type {
  GarbageCollectionCounts,
  GarbageCollectionNote,
  GarbageCollectionOptions,
  GarbageCollectionProgress,
  GarbageCollectionResult,
} from './gc/gc.ts'
export { createCsrf } from './core/csrf/csrf.ts'
export type { Csrf, CsrfKeyOptions } from './core/csrf/csrf.ts'
export type { CsrfOptions, CsrfRequest, VerifyCsrfOptions } from './core/csrf/types.ts'
export type { RequestTrace, SessionTrace } from './core/base/tracing.ts'
export { defineSessionConfig } from './core/options/options.ts'
export type { Device, DeviceRequest, Serializer, SessionOperation, SessionOptions } from './core/options/options.ts'
export {
  AccessDeniedError,
  CredentialsError,
  DynamoDBRequestError,
  DynamoSessionError,
  IncompatibleCopyError,
  InvalidArgumentError,
  InvalidIDError,
  InvalidKeyError,
  InvalidOptionError,
  LockLostError,
  LockWaitTimeoutError,
  MissingPackageError,
  MissingRegionError,
  MissingSecretKeyError,
  SessionConflictError,
  SessionDataError,
  SessionGoneError,
  SessionTooLargeError,
  TableMismatchError,
  TableNotFoundError,
  TableStoppedError,
  TableTimeoutError,
} from './core/base/errors.ts'
export { CsrfError } from './core/csrf/error.ts'
export { SessionRequiredError } from './h3/session-required-error.ts'
export { FreshLogInRequiredError } from './web/unauthorized.ts'
export type { Unfinished } from './core/base/errors.ts'
export type { CsrfReason } from './core/csrf/error.ts'
