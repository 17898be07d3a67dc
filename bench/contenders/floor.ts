// What a request to DynamoDB cannot go below in Node: bytes on a socket; and a request of node:http with a signature, which is the least
// that DynamoDB takes. Neither tries again, checks an answer or knows an error.
import { createHash, createHmac } from 'node:crypto'
import { once } from 'node:events'
import { Agent, request as sendRequest } from 'node:http'
import type { IncomingMessage } from 'node:http'
import { connect } from 'node:net'
import { buffer } from 'node:stream/consumers'

/** Sends an operation's JSON, and returns that of its answer. */
export type Send = (operation: string, body: object) => Promise<unknown>

/** One request after the other on one connection, unsigned: for a server that does not mind. */
export async function rawSocket(endpoint: string): Promise<Send> {
  const { hostname, port, host } = new URL(endpoint)
  const socket = connect({ host: hostname, port: Number(port), noDelay: true })
  await once(socket, 'connect')
  let received = ''
  let answered: ((body: string) => void) | undefined
  socket.setEncoding('latin1').on('data', (text: string) => {
    received += text
    const end = received.indexOf('\r\n\r\n') + 4
    const length = Number(/content-length: *(\d+)/i.exec(received)?.[1])
    if (end < 4 || received.length < end + length) return
    const body = received.slice(end, end + length)
    received = ''
    answered?.(body)
  })
  return (operation, body) => {
    const text = JSON.stringify(body)
    const headers = `Host: ${host}\r\nX-Amz-Target: DynamoDB_20120810.${operation}\r\nContent-Type: application/x-amz-json-1.0`
    const answer = new Promise<string>((resolve) => (answered = resolve))
    socket.write(`POST / HTTP/1.1\r\n${headers}\r\nContent-Length: ${text.length}\r\n\r\n${text}`)
    return answer.then((json) => JSON.parse(json) as unknown)
  }
}

/** https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html */
export function signedHttp(endpoint: string): Send {
  const { hostname, port, host } = new URL(endpoint)
  const agent = new Agent({ keepAlive: true })
  const { AWS_REGION: region = '', AWS_ACCESS_KEY_ID: id = '', AWS_SECRET_ACCESS_KEY: secret = '' } = process.env
  const hmac = (key: string | Buffer, text: string): Buffer => createHmac('sha256', key).update(text).digest()
  const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex')
  const keys = new Map<string, Buffer>()
  const keyOf = (day: string): Buffer => {
    const key = keys.get(day) ?? ['dynamodb', 'aws4_request'].reduce(hmac, hmac(hmac(`AWS4${secret}`, day), region))
    keys.set(day, key)
    return key
  }
  return async (operation, body) => {
    const text = JSON.stringify(body)
    const time = `${new Date().toISOString().replace(/[-:]|\.\d+/g, '')}`
    const day = time.slice(0, 8)
    const target = `DynamoDB_20120810.${operation}`
    const canonical = `POST\n/\n\nhost:${host}\nx-amz-date:${time}\nx-amz-target:${target}\n\nhost;x-amz-date;x-amz-target\n${sha256(text)}`
    const scope = `${day}/${region}/dynamodb/aws4_request`
    const signature = hmac(keyOf(day), `AWS4-HMAC-SHA256\n${time}\n${scope}\n${sha256(canonical)}`).toString('hex')
    const headers = {
      'content-type': 'application/x-amz-json-1.0',
      'content-length': String(Buffer.byteLength(text)),
      host,
      'x-amz-date': time,
      'x-amz-target': target,
      authorization: `AWS4-HMAC-SHA256 Credential=${id}/${scope}, SignedHeaders=host;x-amz-date;x-amz-target, Signature=${signature}`,
    }
    const request = sendRequest({ hostname, port, agent, method: 'POST', path: '/', headers })
    request.end(text)
    const [response] = (await once(request, 'response')) as [IncomingMessage]
    return JSON.parse((await buffer(response)).toString()) as unknown
  }
}
