import assert from 'node:assert/strict';
import { authorizationProblem } from '../../../local/security-hub/authorization.ts';

const SIGNATURE = 'a'.repeat(64);

function header(scope: string, signedHeaders = 'content-type;host;x-amz-date'): string {
  return `AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/${scope}/aws4_request, SignedHeaders=${signedHeaders}, Signature=${SIGNATURE}`;
}

describe('authorizationProblem', () => {
  it('accepts a signature for Security Hub in the Region', () => {
    const problem = authorizationProblem(header('20250301/eu-west-1/securityhub'), '20250301T100000Z', 'eu-west-1');

    assert.equal(problem, undefined);
  });

  it('refuses a request without a signature', () => {
    assert.match(authorizationProblem(undefined, '20250301T100000Z', 'eu-west-1') ?? '', /Missing/);
  });

  it('refuses another scheme', () => {
    assert.match(authorizationProblem('Bearer abc', '20250301T100000Z', 'eu-west-1') ?? '', /Signature Version 4/);
  });

  it('refuses a credential for another service or Region', () => {
    const service = authorizationProblem(header('20250301/eu-west-1/s3'), '20250301T100000Z', 'eu-west-1');
    const region = authorizationProblem(header('20250301/us-east-1/securityhub'), '20250301T100000Z', 'eu-west-1');

    assert.match(service ?? '', /service: 'securityhub'/);
    assert.match(region ?? '', /not 'us-east-1'/);
  });

  it('refuses a scope of another day than the request', () => {
    const scope = header('20250301/eu-west-1/securityhub');

    assert.match(authorizationProblem(scope, '20250302T000000Z', 'eu-west-1') ?? '', /Date/);
    assert.match(authorizationProblem(scope, undefined, 'eu-west-1') ?? '', /X-Amz-Date/);
  });

  it('refuses a signature that leaves the host out', () => {
    const scope = header('20250301/eu-west-1/securityhub', 'x-amz-date');

    assert.match(authorizationProblem(scope, '20250301T100000Z', 'eu-west-1') ?? '', /'host'/);
  });
});
