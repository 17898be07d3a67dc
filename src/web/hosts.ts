// Which hosts a browser reaches without TLS while an application is being written.
const LOOPBACK = /^(?:(?:[a-z\d-]+\.)*localhost|127(?:\.\d{1,3}){3}|0\.0\.0\.0|\[::1\])(?::\d+)?$/i
/** Private addresses, https://www.rfc-editor.org/rfc/rfc1918 and rfc4193, and names that no public DNS has. */
const NEIGHBOUR =
  /^(?:10(?:\.\d{1,3}){3}|172\.(?:1[6-9]|2\d|3[01])(?:\.\d{1,3}){2}|(?:192\.168|169\.254)(?:\.\d{1,3}){2}|\[f(?:[cd]|e[89ab])[\da-f:]+\]|(?:[a-z\d-]+\.)+(?:local|internal|test))(?::\d+)?$/i

/**
 * Whether the cookie goes without `Secure`, which browsers drop when it comes by plain HTTP: on this machine outside production, and on
 * the network around it where the environment says that this is development. Behind a proxy in production a host may look like either.
 */
export function goesPlain(host: string): boolean {
  const { NODE_ENV: mode } = process.env
  return mode !== 'production' && (LOOPBACK.test(host) || (mode === 'development' && NEIGHBOUR.test(host)))
}

/** Whether nobody means it so: a page that came by plain HTTP, from somewhere near or in development. */
export function losesSecure(host: string, protocol: string | undefined): boolean {
  const { NODE_ENV: mode } = process.env
  return protocol === 'http' && mode !== 'production' && (mode === 'development' || NEIGHBOUR.test(host))
}

/** How the browser came, by the `X-Forwarded-Proto` of the first proxy; `undefined` where none says so. */
export function forwardedProtocol(header: string | undefined): string | undefined {
  return header?.split(',')[0]?.trim() || undefined
}
