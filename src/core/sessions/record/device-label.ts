// A browser and its system in words. Browsers call themselves each other, so that the order counts.
// https://developer.mozilla.org/en-US/docs/Web/HTTP/Reference/Headers/User-Agent

const BROWSERS: readonly (readonly [name: string, pattern: RegExp])[] = [
  ['Edge', /\bEdg(?:e|A|iOS)?\//],
  ['Opera', /\b(?:OPR|OPT|Opera)\//],
  ['Samsung Internet', /\bSamsungBrowser\//],
  ['Vivaldi', /\bVivaldi\//],
  ['Firefox', /\b(?:Firefox|FxiOS)\//],
  ['Chrome', /\b(?:Headless)?(?:Chrome|CriOS)\//],
  ['Safari', /\bVersion\/.*\bSafari\//],
]

const SYSTEMS: readonly (readonly [name: string, pattern: RegExp])[] = [
  ['iPhone', /\biPhone\b/],
  ['iPad', /\biPad\b/],
  ['Android', /\bAndroid\b/],
  ['Windows', /\bWindows\b/],
  ['ChromeOS', /\bCrOS\b/],
  ['macOS', /\bMac OS X\b|\bMacintosh\b/],
  ['Linux', /\bLinux\b/],
]

/** No browser says more, and patterns are not run on anything. */
const LONGEST = 1000

/** `Firefox on Windows`; `undefined` where no browser is named. */
export function labelOf(userAgent: string | null | undefined): string | undefined {
  const text = (userAgent ?? '').slice(0, LONGEST)
  const nameIn = (known: typeof BROWSERS): string | undefined => known.find(([, pattern]) => pattern.test(text))?.[0]
  const [browser, system] = [nameIn(BROWSERS), nameIn(SYSTEMS)]
  return browser && system ? `${browser} on ${system}` : (browser ?? system)
}
