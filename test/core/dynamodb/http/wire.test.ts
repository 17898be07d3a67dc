// What is sent beside the body, and what errors tell.
import { tracingChannel } from 'node:diagnostics_channel'
import { describe, expect, it, onTestFinished, vi } from 'vitest'
import { connect } from '../../../../src/core/dynamodb/connection.ts'
import type { RequestTrace } from '../../../../src/index.ts'
import { VERSION } from '../../../../src/core/base/shared.ts'
import { CREDENTIALS, KEY, answerWith, open, serve } from './servers.ts'

const GET = { TableName: 'sessions', Key: KEY }
const error = (code: string, more: object = {}) => ({ __type: `com.amazonaws.dynamodb.v20120810#${code}`, message: 'told', ...more })

describe('headers', () => {
  it('tell the invocation, which is one for all attempts, and the attempt', async () => {
    const { endpoint, asked } = await serve((response, _, count) =>
      count < 3 ? answerWith(response, error('InternalServerError'), { status: 500 }) : answerWith(response, {}),
    )
    const { send } = open({ endpoint, maxAttempts: 5 })
    await send('GetItem', GET)
    await send('GetItem', GET)
    const ids = asked.map(({ headers }) => headers['amz-sdk-invocation-id'])
    expect(ids[0]).toMatch(/^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/)
    expect(new Set(ids.slice(0, 3)).size).toBe(1)
    expect(ids[3]).not.toBe(ids[0])
    expect(asked.map(({ headers }) => headers['amz-sdk-request'])).toEqual([
      'attempt=1; max=5',
      'attempt=2; max=5',
      'attempt=3; max=5',
      'attempt=1; max=5',
    ])
    expect(asked.map(({ path }) => path)).toEqual(['/', '/', '/', '/'])
  })

  it('name the package, Node and the application', async () => {
    vi.stubEnv('AWS_SDK_UA_APP_ID', 'shop (x)\r\ninjected: 1')
    vi.stubEnv('AWS_EXECUTION_ENV', 'AWS_Lambda_nodejs22.x')
    const { endpoint, asked } = await serve((response) => answerWith(response, {}))
    await open({ endpoint }).send('GetItem', GET)
    const agent = String(asked[0]?.headers['user-agent'])
    expect(agent).toContain(`dynamodb-sessions/${VERSION} ua/2.1 `)
    expect(agent).toContain(`md/nodejs#${process.versions.node} exec-env/AWS_Lambda_nodejs22.x`)
    expect(agent).toMatch(/ app\/shop--x---injected--1$/)
    expect(asked[0]?.headers.injected).toBeUndefined()
  })

  it('send the path of an endpoint', async () => {
    const { endpoint, asked } = await serve((response) => answerWith(response, {}))
    await open({ endpoint: `${endpoint}/gateway/a%20b` }).send('GetItem', GET)
    expect(asked[0]?.path).toBe('/gateway/a%20b/')
  })

  it('carry the trace of Lambda: of the invocation where the runtime keeps one for each, else of the environment', async () => {
    const { endpoint, asked } = await serve((response) => answerWith(response, {}))
    const { send } = open({ endpoint })
    const trace = async (): Promise<unknown> => {
      await send('GetItem', GET)
      return asked.at(-1)?.headers['x-amzn-trace-id']
    }
    vi.stubEnv('_X_AMZN_TRACE_ID', 'Root=1-of-environment')
    expect(await trace()).toBeUndefined()
    vi.stubEnv('AWS_LAMBDA_FUNCTION_NAME', 'f')
    expect(await trace()).toBe('Root=1-of-environment')
    let own: string | undefined = 'Root=1-of-invocation'
    vi.stubGlobal('awslambda', { InvokeStore: { getXRayTraceId: () => own } })
    try {
      expect(await trace()).toBe('Root=1-of-invocation')
      own = undefined
      expect(await trace()).toBe('Root=1-of-environment')
      own = 'Root=1\r\ninjected: 1'
      expect(await trace()).toBeUndefined()
    } finally {
      vi.unstubAllGlobals()
    }
  })
})

describe('errors', () => {
  it('have AWS’s name, message, status and request id, by whichever place AWS puts the name in', async () => {
    const places = [
      { body: error('ValidationException') },
      { body: { __type: 'ValidationException:http://internal.amazon.com/', message: 'told' } },
      { body: { code: 'ValidationException', Message: 'told' } },
      { body: { message: 'told' }, headers: { 'x-amzn-errortype': 'ValidationException,more' } },
    ]
    const { endpoint } = await serve((response, _, count) => {
      const { body, headers = {} } = places[count - 1] as { body: object; headers?: object }
      answerWith(response, body, { status: 400, headers })
    })
    const { send } = open({ endpoint })
    for (const _ of places)
      await expect(send('GetItem', GET)).rejects.toMatchObject({
        kind: 'validation',
        name: 'ValidationException',
        message: 'told',
        httpStatus: 400,
        requestId: 'REQUEST',
        attempts: 1,
      })
  })

  it('keep the item of a failed condition out of what is printed', async () => {
    const { endpoint } = await serve((response) =>
      answerWith(response, error('ConditionalCheckFailedException', { Item: { data: { S: 'hidden' } } }), { status: 400 }),
    )
    const failed = (await open({ endpoint })
      .send('PutItem', { TableName: 'sessions', Item: KEY })
      .catch((reason: unknown) => reason)) as Error & { item: unknown }
    expect(failed).toMatchObject({ kind: 'conditionFailed' })
    expect(failed.item).toEqual({ data: { S: 'hidden' } })
    expect(`${JSON.stringify(failed)} ${failed.stack}`).not.toContain('hidden')
  })

  it('never show a secret key or a token that no header can hold', async () => {
    const { send } = open({
      endpoint: 'http://127.0.0.1:1',
      credentials: { accessKeyId: 'AKID', secretAccessKey: 'hidden', sessionToken: 'hidden\n' },
    })
    const failed = (await send('GetItem', GET).catch((reason: unknown) => reason)) as Error
    expect(failed).toMatchObject({ kind: 'other', name: 'TypeError' })
    expect(`${failed.message} ${failed.stack} ${String((failed.cause as Error).stack)}`).not.toContain('hidden')
  })

  it('say so where there is no node:http', async () => {
    vi.spyOn(process, 'getBuiltinModule').mockReturnValue(undefined as never)
    await expect(open({ endpoint: 'http://127.0.0.1:1' }).send('GetItem', GET)).rejects.toThrow('this runtime has no node:http')
  })
})

it('node:http is called by its name at the time of each request', async () => {
  const { endpoint } = await serve((response) => answerWith(response, {}))
  const { send } = open({ endpoint })
  await send('GetItem', GET)
  const request = vi.spyOn(process.getBuiltinModule('node:http'), 'request')
  await send('GetItem', GET)
  expect(request).toHaveBeenCalledTimes(1)
})

it.each(['http', 'sdk'] as const)('the trace of a request over %s has its region and AWS’s id, of failures too', async (transport) => {
  const { endpoint } = await serve((response, _, count) =>
    count === 1 ? answerWith(response, { Item: KEY }) : answerWith(response, error('ValidationException'), { status: 400 }),
  )
  const traces: RequestTrace[] = []
  const channel = tracingChannel<unknown, RequestTrace>('dynamodb-sessions:request').asyncEnd
  const note = (message: unknown): void => void traces.push(message as RequestTrace)
  channel.subscribe(note)
  onTestFinished(() => void channel.unsubscribe(note))
  const { request, dispose } = connect('sessions', { transport, endpoint, region: 'eu-west-1', credentials: CREDENTIALS })
  await request('GetItem', GET)
  await request('GetItem', GET).catch(() => {})
  const where = { action: 'dynamodb:GetItem', table: 'sessions', region: 'eu-west-1', requestId: 'REQUEST', attempts: 1 }
  expect(traces).toMatchObject([where, where])
  dispose()
})
