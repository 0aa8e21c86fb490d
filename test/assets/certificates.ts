/** Certificates of a test's own. Made without the program openssl, which not every machine has, nor every one the same. */
import { generate } from 'selfsigned';

export interface Certificate {
  /** Both in PEM. */
  readonly certificate: string;
  readonly key: string;
}

const DAY = 86_400_000;

/** Elliptic keys are made in no time. */
const KIND = { keyType: 'ec', curve: 'P-256', algorithm: 'sha256' } as const;

/** An authority that nobody trusts who is not told to. */
export async function makeAuthority(commonName: string): Promise<Certificate> {
  return made(commonName, {
    extensions: [
      { name: 'basicConstraints', cA: true, critical: true },
      { name: 'keyUsage', keyCertSign: true, cRLSign: true, critical: true },
    ],
  });
}

/** A certificate of one host name, signed by an authority. */
export async function makeServerCertificate(hostName: string, authority: Certificate): Promise<Certificate> {
  return made(hostName, {
    ca: { key: authority.key, cert: authority.certificate },
    extensions: [
      { name: 'basicConstraints', cA: false, critical: true },
      { name: 'keyUsage', digitalSignature: true, critical: true },
      { name: 'extKeyUsage', serverAuth: true },
      { name: 'subjectAltName', altNames: [{ type: 2, value: hostName }] },
    ],
  });
}

async function made(commonName: string, options: Parameters<typeof generate>[1]): Promise<Certificate> {
  const now = Date.now();
  const { cert, private: key } = await generate([{ name: 'commonName', value: commonName }], {
    ...KIND,
    // A clock that is set back a little in the middle of a run does no harm.
    notBeforeDate: new Date(now - DAY),
    notAfterDate: new Date(now + DAY),
    ...options,
  });
  return { certificate: cert, key };
}
