export interface Page {
  readonly status: number
  /** Where a redirect led, or the path asked for. */
  readonly path: string
  readonly text: string
  /** Every Set-Cookie on the way, those of redirects included. */
  readonly cookies: readonly string[]
}

export interface Browser {
  /** What the next request sends; a test may put a forged one. */
  readonly cookies: Map<string, string>
  /** Gets a page, or with `form` posts it, and follows redirects. Concurrent calls are tabs. */
  visit(path: string, form?: Record<string, string>): Promise<Page>
}

/** A browser with one cookie jar. It follows redirects itself, since `fetch` hides their cookies. */
export function createBrowser(origin: string): Browser {
  const cookies = new Map<string, string>()

  function take(setCookie: string): void {
    const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(setCookie) ?? []
    const expires = /; *expires=([^;]+)/i.exec(setCookie)?.[1]
    const isRemoval = /; *max-age=0\b/i.test(setCookie) || (expires !== undefined && Date.parse(expires) <= Date.now())
    if (isRemoval) cookies.delete(name)
    else cookies.set(name, value)
  }

  return {
    cookies,
    async visit(path, form) {
      const seen: string[] = []
      let url = new URL(path, origin)
      let body = form && new URLSearchParams(form)
      for (let redirects = 0; redirects < 5; redirects++) {
        const response = await fetch(url, {
          method: body ? 'POST' : 'GET',
          redirect: 'manual',
          headers: cookies.size > 0 ? { cookie: [...cookies].map(([name, value]) => `${name}=${value}`).join('; ') } : {},
          ...(body ? { body } : {}),
        })
        // An empty one is what a commit returns that has nothing to send; browsers ignore it.
        const received = response.headers.getSetCookie().filter((setCookie) => setCookie !== '')
        seen.push(...received)
        for (const setCookie of received) take(setCookie)
        const location = response.headers.get('location')
        const text = await response.text()
        if (location === null) return { status: response.status, path: url.pathname, text, cookies: seen }
        url = new URL(location, url)
        body = undefined
      }
      throw new Error(`${path} redirects without end`)
    },
  }
}
