import { createSessionStore } from 'dynamodb-sessions'

// Before any request, and maybe before any plugin ran.
const store = createSessionStore()

export default () => ({ key: store.keyOf('a'.repeat(43)) })
