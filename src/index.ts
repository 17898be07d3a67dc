export { createSessionStore } from './core/store.ts'
export type { LockedSession, SessionRecord, SessionStore } from './core/store.ts'
export { createSessionTable, deleteSessionTable, describeSessionTable, enableSessionTableTtl, ensureSessionTable } from './core/table.ts'
export type { CreatedTable, EnsuredTable, NotApplied, SessionTable, TableDifference } from './core/table.ts'
export type { TableOptions, TableProgress } from './core/table-options.ts'
export { collectGarbage } from './core/gc.ts'
export type {
  GarbageCollectionCounts,
  GarbageCollectionNote,
  GarbageCollectionOptions,
  GarbageCollectionProgress,
  GarbageCollectionResult,
} from './core/gc.ts'
export type { RequestTrace, SessionTrace } from './core/trace.ts'
export { defineSessionConfig } from './core/options.ts'
export type { Serializer, SessionOptions } from './core/options.ts'
export {
  AccessDeniedError,
  CredentialsError,
  DynamoDBRequestError,
  DynamoSessionError,
  InvalidArgumentError,
  InvalidIDError,
  InvalidKeyError,
  InvalidOptionError,
  LockLostError,
  LockWaitTimeoutError,
  MissingRegionError,
  MissingSecretKeyError,
  SessionConflictError,
  SessionDataError,
  SessionRequiredError,
  SessionTooLargeError,
  TableMismatchError,
  TableNotFoundError,
  TableStoppedError,
  TableTimeoutError,
} from './core/errors.ts'
export type { Unfinished } from './core/errors.ts'
