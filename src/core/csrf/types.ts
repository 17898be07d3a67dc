// What users of the protection against forged requests see.

/** A request of any server: that of the web, or of Node, whose headers are an object with names in lower case. */
export interface CsrfRequest {
  readonly method?: string | undefined
  /** A whole URL, or as with Node a path. */
  readonly url?: string | undefined
  readonly headers: Pick<Headers, 'get'> | Readonly<Record<string, string | readonly string[] | undefined>>
}

/** Whose requests are welcome beside those of the application's own origin. */
export interface CsrfOptions {
  /**
   * Other origins whose pages may send requests, also across sites and without a token: `https://accounts.example.com`. The own one too, where
   * a proxy changes the Host header. Default none.
   */
  origins?: readonly string[] | undefined
  /** Paths that anybody may send requests to, with all that is below them, such as `/webhooks`. Default none. */
  except?: readonly string[] | undefined
}

/** The same for one request. */
export interface VerifyCsrfOptions extends CsrfOptions {
  /** The token, where the handler has read the body already. By default the header `X-CSRF-Token`, else the form's field `_csrf`. */
  token?: unknown
}
