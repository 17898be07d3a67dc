/** Counts so far. `scanned` = `matched` + `kept` + `ignored`; at the end of a run `matched` = `deleted` + `spared` + `failed`. */
export interface GarbageCollectionCounts {
  /** Items that the scan returned. */
  scanned: number
  /** Records that were due. */
  matched: number
  /** Due records that are gone. */
  deleted: number
  /** Due records that somebody used between scan and delete: they live. */
  spared: number
  /** Sessions that are not due, or left to the table's TTL. */
  kept: number
  /** Items of others: other applications, other shapes. */
  ignored: number
  /** Due records that could not be deleted; another run may. */
  failed: number
  consumedReadUnits: number
  consumedWriteUnits: number
  /** Seconds that the run took so far. */
  seconds: number
}

export interface GarbageCollectionProgress extends GarbageCollectionCounts {
  /** Items in the table, as AWS counts them about every six hours; `undefined` where the role may not describe the table. */
  readonly itemCount: number | undefined
}

/** Something about a run that its owner should know. */
export interface GarbageCollectionNote {
  readonly code: 'NOTHING_TO_COLLECT_BY' | 'EXPIRED_LEFT_TO_TTL' | 'WITHOUT_PARTIQL' | 'FAILED_DELETES' | 'CLOCK_DIFFERS'
  readonly message: string
}

export interface GarbageCollectionResult extends GarbageCollectionCounts {
  /** How records were deleted: batches of 25 PartiQL statements, or single DeleteItems where PartiQL or its permission is missing. */
  deletedWith: 'partiql' | 'deleteItem'
  notes: GarbageCollectionNote[]
  /** There when `signal` stopped the run before its end. It holds keys as the table does: with `hashIds: false`, ids. */
  resumeToken?: string
}
