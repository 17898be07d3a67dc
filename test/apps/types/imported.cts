import type { SessionStore } from 'dynamodb-sessions' with { 'resolution-mode': 'import' }

export async function open(): Promise<SessionStore<{ userId: string }>> {
  const { createSessionStore } = await import('dynamodb-sessions')
  return createSessionStore({ secretKey: process.env['SECRET'] })
}
