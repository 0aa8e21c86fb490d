import { createHash, createHmac, pbkdf2Sync, randomBytes } from 'node:crypto';

/** PostgreSQL's own default (`scram_iterations`). */
const ITERATIONS = 4096;

/**
 * What PostgreSQL stores for a password, to be given to `CREATE ROLE … PASSWORD` in its place.
 *
 * So the password itself never travels in a statement and cannot end up in a server log or in a query statistic.
 *
 * @param password ASCII only: what other characters would need (SASLprep) is left out
 * @see https://www.postgresql.org/docs/18/catalog-pg-authid.html the format
 * @see https://www.rfc-editor.org/rfc/rfc5802#section-3 the keys
 */
export function scramVerifier(password: string, salt: Buffer = randomBytes(16)): string {
  if (!/^[\x21-\x7e]+$/.test(password)) throw new RangeError('A password must consist of visible ASCII characters.');

  const salted = pbkdf2Sync(password, salt, ITERATIONS, 32, 'sha256');
  const clientKey = createHmac('sha256', salted).update('Client Key').digest();
  const storedKey = createHash('sha256').update(clientKey).digest('base64');
  const serverKey = createHmac('sha256', salted).update('Server Key').digest('base64');
  return `SCRAM-SHA-256$${ITERATIONS}:${salt.toString('base64')}$${storedKey}:${serverKey}`;
}
