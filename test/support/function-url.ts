/** Events of a function URL with IAM authentication, as Lambda makes them. */

/** https://docs.aws.amazon.com/lambda/latest/dg/urls-invocation.html#urls-payloads */
export function functionUrlEvent(
  body: string,
  { accountId, userArn }: { readonly accountId: string; readonly userArn: string },
) {
  const session = /:assumed-role\/[^/]+\/(.+)$/.exec(userArn)?.[1];
  const id = session === undefined ? 'AIDAEXAMPLE' : `AROAEXAMPLE:${session}`;
  return {
    version: '2.0',
    routeKey: '$default',
    rawPath: '/',
    rawQueryString: '',
    headers: { 'content-type': 'application/json' },
    requestContext: {
      accountId,
      apiId: 'abcdefghij0123456789',
      authorizer: {
        iam: { accessKey: 'ASIAEXAMPLE', accountId, callerId: id, cognitoIdentity: null, userArn, userId: id },
      },
      domainName: 'abcdefghij0123456789.lambda-url.eu-west-1.on.aws',
      domainPrefix: 'abcdefghij0123456789',
      http: { method: 'POST', path: '/', protocol: 'HTTP/1.1', sourceIp: '192.0.2.1', userAgent: 'node' },
      requestId: '0f1e2d3c-0000-1111-2222-0123456789ab',
      routeKey: '$default',
      stage: '$default',
      time: '01/Nov/2026:12:00:00 +0000',
      timeEpoch: 1793534400000,
    },
    body,
    isBase64Encoded: false,
  };
}
