/** The Cookie header that a browser sends after a Set-Cookie. */
export function cookieOf(setCookie: string): string {
  return setCookie.split(';')[0] as string
}
