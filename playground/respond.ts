import { createHash } from 'node:crypto'
import { SCRIPT, STYLE } from './client/assets.ts'
import { markupOf } from './views/html.ts'
import type { Html } from './views/html.ts'

const hashOf = (text: string): string => `'sha256-${createHash('sha256').update(text).digest('base64')}'`
/** @param formAction another origin that forms may be sent to. */
const policyOf = (formAction = ''): string =>
  [
    "default-src 'none'",
    `style-src ${hashOf(STYLE)}`,
    `script-src ${hashOf(SCRIPT)}`,
    'img-src data:',
    "connect-src 'self'",
    `form-action 'self' ${formAction}`.trimEnd(),
    "frame-ancestors 'none'",
    "base-uri 'none'",
  ].join('; ')

export function respond(status: number, page: Html, formAction?: string): Response {
  const headers = new Headers({
    'Content-Type': 'text/html; charset=utf-8',
    'Cache-Control': 'no-store',
    'Content-Security-Policy': policyOf(formAction),
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
  return hosts.includes(placeOf(request).name)
}

/** This server under another name of this machine's, which browsers take for another site. */
export function otherSite(request: Request): string | undefined {
  const { name, port } = placeOf(request)
  if (!['localhost', '127.0.0.1', '[::1]'].includes(name)) return undefined
  return `http://${name === 'localhost' ? '127.0.0.1' : 'localhost'}${port}`
}

function placeOf(request: Request): { name: string; port: string } {
  const [, name = '', port = ''] = /^(.*?)(:\d+)?$/.exec((request.headers.get('Host') ?? '').toLowerCase()) ?? []
  return { name, port }
}

export function messageOf(error: unknown): { status: number; title: string; message: string } {
  const {
    name,
    message,
    status = 500,
    statusText,
  }: Error & { status?: number; statusText?: string } = error instanceof Error ? error : new Error(String(error))
  return { status, title: statusText || name, message }
}
