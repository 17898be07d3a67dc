import { fileURLToPath } from 'node:url'

/** Of `localhost`, signed by itself. */
export const CERTIFICATE: string = fileURLToPath(new URL('../../test/fixtures/tls/localhost.pem', import.meta.url))
