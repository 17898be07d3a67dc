// Runs a built Lambda handler on requests from standard input, as API Gateway's HTTP API hands them over, and prints its answers.
import { resolve } from 'node:path'
import { text } from 'node:stream/consumers'
import { pathToFileURL } from 'node:url'

const { handler } = await import(pathToFileURL(resolve(process.argv[2])).href)
const answers = []
for (const { method = 'GET', path, cookies, form } of JSON.parse(await text(process.stdin))) {
  const event = {
    version: '2.0',
    routeKey: '$default',
    rawPath: path,
    rawQueryString: '',
    cookies,
    headers: {
      host: 'abc.execute-api.us-east-1.amazonaws.com',
      'x-forwarded-proto': 'https',
      ...(form ? { 'content-type': 'application/x-www-form-urlencoded' } : {}),
    },
    requestContext: {
      domainName: 'abc.execute-api.us-east-1.amazonaws.com',
      http: { method, path, protocol: 'HTTP/1.1' },
      stage: '$default',
    },
    ...(form ? { body: Buffer.from(String(new URLSearchParams(form))).toString('base64') } : {}),
    isBase64Encoded: form !== undefined,
  }
  answers.push(await handler(event, {}))
}
process.stdout.write(`\nANSWERS ${JSON.stringify(answers)}\n`, () => process.exit())
