// Why AWS's SDK finds no credentials, and the one thing to do: its own words where they say more than that there are none.
import type { Environment } from '../options/options.ts'

/** What the SDK says when no way of its chain worked, whatever the reasons were. */
const SAYS_NOTHING = /could not load credentials from any providers/i
/** A name that a shell takes as it is. */
const PLAIN = /^[\w.@+=-]{1,100}$/
const LONGEST = 300

/** The reason, as the end of a sentence; `undefined` where there is no more to say. */
export function whyNoCredentials(message: string, env: Environment = process.env): string | undefined {
  const profile = env.AWS_PROFILE
  const named = profile !== undefined && PLAIN.test(profile) ? profile : undefined
  if (SAYS_NOTHING.test(message)) {
    return profile
      ? `the profile ${named ?? 'of AWS_PROFILE'} is not there or has none; \`aws configure list-profiles\` shows those that are there`
      : undefined
  }
  const reason = message.replace(/\p{Cc}+/gu, ' ').slice(0, LONGEST)
  return /\bsso\b/i.test(message) ? `${reason} Run \`aws sso login${named ? ` --profile ${named}` : ''}\`` : reason
}
