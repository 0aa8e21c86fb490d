/**
 * The shape of a request's Signature Version 4.
 *
 * Credentials are fake on purpose, so the signature itself is not verified. What is verified is what a misconfigured
 * client gets wrong: no signature at all, another service, another Region.
 *
 * Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
 */

const AUTHORIZATION =
  /^AWS4-HMAC-SHA256 Credential=[^\s/]+\/(\d{8})\/([a-z0-9-]+)\/([a-z0-9-]+)\/aws4_request, ?SignedHeaders=([a-z0-9;-]+), ?Signature=[0-9a-f]{64}$/;

/**
 * Says what is wrong with the authorization of a request.
 *
 * @param authorization the header of that name
 * @param amzDate the header `x-amz-date`, e.g. `20250101T000000Z`
 * @param region the Region that the hub stands for
 * @returns the reason to refuse the request, or `undefined` when it is fine
 */
export function authorizationProblem(
  authorization: string | undefined,
  amzDate: string | undefined,
  region: string,
): string | undefined {
  if (authorization === undefined) return 'Missing Authentication Token';
  const match = AUTHORIZATION.exec(authorization);
  if (match === null) return 'The Authorization header is not a Signature Version 4';
  const [, day, scopeRegion, service, signedHeaders] = match;
  if (service !== 'securityhub') return `Credential should be scoped to correct service: 'securityhub'`;
  if (scopeRegion !== region) return `Credential should be scoped to a valid Region, not '${scopeRegion}'`;
  if (!signedHeaders?.split(';').includes('host')) return `'host' must be a signed header`;
  if (!/^\d{8}T\d{6}Z$/.test(amzDate ?? '')) return 'The request has no X-Amz-Date';
  if (amzDate?.slice(0, 8) !== day) return 'Date in Credential scope does not match the date of the request';
  return undefined;
}
