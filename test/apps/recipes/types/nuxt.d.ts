// What Nuxt, nuxt-auth-utils and our module give to a file of the server by themselves.
import type { H3Event, sendRedirect as redirect } from 'h3'
import type { DynamoSession } from 'dynamodb-sessions/h3'
import type { defineOAuthGitHubEventHandler as define } from '../node_modules/nuxt-auth-utils/dist/runtime/server/lib/oauth/github'

declare global {
  const defineOAuthGitHubEventHandler: typeof define
  const sendRedirect: typeof redirect
  const useDynamoSession: (event: H3Event) => Promise<DynamoSession<{ userId: string }>>
}
