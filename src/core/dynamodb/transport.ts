// The port to DynamoDB: all that this package asks of whoever signs, sends and tries again. No type of an implementation is named here.
import type { Endpoint } from './endpoint.ts'
import type { Deadline } from '../base/deadline.ts'
import type { InputOf, Operation, OutputOf } from './model.ts'

/** What happens to a request on its way. Each is called for every attempt that it is true of. */
export interface Hooks {
  /** The attempt leaves: it has its credentials, its signature and, as far as that is known, its connection. */
  readonly onSend?: () => void
  /** The attempt left, and no answer came, or one of 5xx, which is told: it may yet be carried out. */
  readonly onUnanswered?: (status?: number) => void
  /** An answer came, an error included. */
  readonly onAnswer?: (answer: Answer) => void
}

export interface Answer {
  /** Of HTTP. */
  readonly status: number
  /** The clock of whoever answered, in whole seconds; `undefined` where it did not say. */
  readonly date: Date | undefined
}

/** What DynamoDB returned, after how many attempts. */
export interface Sent<Output> {
  readonly output: Output
  readonly attempts: number
  /** AWS's id of the request, for its support. */
  readonly requestId: string | undefined
}

/** Credentials that were found. */
export interface FoundCredentials {
  /** Where, in words: `env vars`. Empty where nobody says. */
  readonly sources: readonly string[]
  readonly expiration: Date | undefined
  /** Of those that a local engine gets: why the configured ones cannot be had. */
  readonly problem?: string | undefined
}

/** The transport that is used, in words for people. */
export interface Way {
  readonly name: 'http' | 'sdk'
  readonly why: string
}

export interface Transport {
  /**
   * Sends DynamoDB's JSON, with as many attempts as the options say, and returns DynamoDB's JSON.
   * @param deadline once it is over no attempt is begun any more; nobody waits for one that is under way.
   * @throws TransportError, and nothing else: once all attempts failed, and for a failed condition.
   */
  send<Name extends Operation>(operation: Name, input: InputOf<Name>, hooks?: Hooks, deadline?: Deadline): Promise<Sent<OutputOf<Name>>>
  /**
   * Milliseconds of the clock that deadlines go by. It stands still while requests wait for a socket and answers come, since that is not
   * DynamoDB's time.
   */
  clock(): number
  /** The AWS region; rejects where there is none. */
  region(): Promise<string>
  /** Where requests go and what sets that, for messages; `undefined` for AWS's own endpoints. */
  endpoint(): Promise<Endpoint | undefined>
  /**
   * Finds the credentials.
   * @throws TransportError
   */
  credentials(): Promise<FoundCredentials>
  /** Who signs and sends, and why it is this one. */
  way(): Promise<Way>
  /**
   * A client of the AWS SDK, for applications that have more to ask of DynamoDB.
   * @throws TransportError where the SDK is not installed.
   */
  client(): Promise<object>
  /** Closes what was opened here, once nothing is under way; a later call opens it anew. */
  dispose(): void
}
