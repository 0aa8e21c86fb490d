import { readFileSync } from 'node:fs';
import type { ConnectionOptions } from 'node:tls';
import pg from 'pg';
import { Sequelize } from 'sequelize';

/** How to connect, beyond what the URL says. */
export interface ConnectOptions {
  /**
   * Most connections open at once.
   *
   * @default 5
   */
  readonly poolSize?: number;
  /**
   * TLS settings in place of the URL's `sslmode`, for example `{ ca }` with Amazon RDS's certificates.
   *
   * @default as the URL says; without `sslmode` unencrypted
   */
  readonly ssl?: ConnectionOptions | false;
  /** Name under which the connections appear in `pg_stat_activity`. */
  readonly applicationName?: string;
}

/**
 * Opens a pool of connections to PostgreSQL; the first query connects. Nothing is logged, and no error holds the password.
 *
 * @param url `postgresql://user:password@host:port/database`, with `?sslmode=disable|no-verify|require|verify-full` and
 *   `sslrootcert=FILE` as needed. As in node-postgres, every mode but `disable` and `no-verify` verifies the certificate.
 * @throws Error when the URL cannot be used; the message does not repeat it
 */
export function connect(url: string, options: ConnectOptions = {}): Sequelize {
  const target = parseConnectionUrl(url);
  const ssl = options.ssl ?? target.ssl;
  return new Sequelize({
    dialect: 'postgres',
    // Named, since Sequelize would look the driver up by its name at run time, and a bundle has no node_modules.
    dialectModule: pg,
    host: target.host,
    port: target.port,
    database: target.database,
    username: target.user,
    password: target.password,
    logging: false,
    pool: { max: options.poolSize ?? 5, min: 0, idle: 10_000, acquire: 30_000 },
    dialectOptions: {
      keepAlive: true,
      ...(ssl === false ? {} : { ssl }),
      ...(options.applicationName === undefined ? {} : { application_name: options.applicationName }),
    },
  });
}

/** What a connection URL says. */
export interface ConnectionTarget {
  readonly host: string;
  readonly port: number;
  readonly database: string;
  readonly user: string;
  readonly password: string | undefined;
  readonly ssl: ConnectionOptions | false;
}

const SSL_PARAMETERS = ['sslmode', 'sslrootcert'];
const VERIFYING_SSL_MODES = ['require', 'verify-ca', 'verify-full'];

/**
 * Takes a connection URL apart; see {@link connect} for what it may say.
 *
 * @throws Error when the URL cannot be used; the message does not repeat it
 */
export function parseConnectionUrl(url: string): ConnectionTarget {
  const invalid = (reason: string) =>
    new Error(
      `The database URL cannot be used: ${reason}. It looks like postgresql://user:password@host:5432/database.`,
    );

  // URL's own error would show the URL, and with it the password.
  if (!URL.canParse(url)) throw invalid('it is not a URL (special characters in the password must be %-encoded)');
  const parsed = new URL(url);
  if (!['postgresql:', 'postgres:'].includes(parsed.protocol)) throw invalid(`its scheme is ${parsed.protocol}//`);

  const database = decodeURIComponent(parsed.pathname.slice(1));
  if (database === '') throw invalid('it names no database');
  if (parsed.username === '') throw invalid('it names no user');
  const unknown = [...parsed.searchParams.keys()].find((name) => !SSL_PARAMETERS.includes(name));
  if (unknown !== undefined) throw invalid(`its parameter ${unknown} is none of ${SSL_PARAMETERS.join(', ')}`);

  const mode = parsed.searchParams.get('sslmode') ?? 'disable';
  const certificates = parsed.searchParams.get('sslrootcert');
  if (!['disable', 'no-verify', ...VERIFYING_SSL_MODES].includes(mode)) {
    throw invalid(`its sslmode ${mode} is none of disable, no-verify, ${VERIFYING_SSL_MODES.join(', ')}`);
  }
  const verified = { rejectUnauthorized: true, ...(certificates === null ? {} : { ca: readFileSync(certificates) }) };
  return {
    host: parsed.hostname.replace(/^\[(.*)\]$/, '$1') || '127.0.0.1',
    port: Number(parsed.port || 5432),
    database,
    user: decodeURIComponent(parsed.username),
    password: parsed.password === '' ? undefined : decodeURIComponent(parsed.password),
    ssl: mode === 'disable' ? false : mode === 'no-verify' ? { rejectUnauthorized: false } : verified,
  };
}
