import { inject } from 'vitest'

/** The package as npm would publish it, packed once for all suites. */
export const tarball: string = inject('tarball')
