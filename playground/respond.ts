import { createHash } from 'node:crypto'
import { SCRIPT, STYLE } from './client/assets.ts'
import { markupOf } from './views/html.ts'
import type { Html } from './views/html.ts'

const hashOf = (text: string): string => `'sha256-${createHash('sha256').update(text).digest('base64')}'`
const POLICY = [
  "default-src 'none'",
  `style-src ${hashOf(STYLE)}`,
  `script-src ${hashOf(SCRIPT)}`,
  'img-src data:',
  "connect-src 'self'",
  "form-action 'self'",
  "frame-ancestors 'none'",
  "base-uri 'none'",
].join('; ')

export function respond(status: number, page: Html): Response {
  const headers = new Headers({
    'Content-Type': 'text/html; charset=utf-8',
    'Cache-Control': 'no-store',
    'Content-Security-Policy': POLICY,
    'Referrer-Policy': 'same-origin',
    'X-Content-Type-Options': 'nosniff',
  })
  return new Response(markupOf(page), { status, headers })
}

/** Browsers say where a form comes from; what sends neither header is no browser and carries nobody's cookie. */
export function isSameOrigin(request: Request): boolean {
  const site = request.headers.get('Sec-Fetch-Site')
  if (site !== null) return site === 'same-origin' || site === 'none'
  const origin = request.headers.get('Origin')
  return origin === null || origin === new URL(request.url).origin
}

/** Whether the request was sent to one of these names. */
export function namesHost(request: Request, hosts: readonly string[]): boolean {
  const host = request.headers.get('Host') ?? ''
  return hosts.includes(host.replace(/:\d+$/, '').toLowerCase())
}

export function messageOf(error: unknown): { status: number; title: string; message: string } {
  const { name, message, status = 500 }: Error & { status?: number } = error instanceof Error ? error : new Error(String(error))
  return { status, title: name, message }
}
