declare module '#dynamodb-sessions' {
  interface SessionData {
    userId: string
    visits: number
  }
}
