/** What to do when the embedded server cannot be used here; every message that means that ends with this sentence. */
export const CONNECTION_URL_REMEDY =
  'Set VSOC_DATABASE_URL to the URL of a PostgreSQL 15-18 server instead ' +
  '(postgresql://user:password@host:port/database; the user needs CREATEROLE and owns the database, ' +
  'and for plain `enrich`, which makes a database of its own, CREATEDB).';

/** Thrown when the embedded PostgreSQL cannot start; the message says what is wrong and what a person can do about it. */
export class EmbeddedPostgresError extends Error {
  override readonly name = 'EmbeddedPostgresError';
}
