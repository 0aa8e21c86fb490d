/** Why a repository could not be loaded, for whoever reads the events of the stack. */
import { BaseError, ConnectionError } from 'sequelize';
import { MigrationRefused } from '../sql/migrate.ts';
import { LoadRefused } from './load-catalogue.ts';

/** CloudFormation takes 4 KB for a whole answer, and its console shows less. */
const LONGEST_REASON = 800;

/** Errors of the network below the AWS SDK. */
const UNREACHABLE = ['TimeoutError', 'ETIMEDOUT', 'ECONNREFUSED', 'ECONNRESET', 'EAI_AGAIN', 'ENOTFOUND'];

const NETWORK_REMEDY = "Its security group admits the loader's; check the network ACLs of both subnets for port 5432.";
const CERTIFICATE_REMEDY =
  'Its certificate is of no authority of RDS: check which certificate authority the instance has.';

/** What to do about a connection that did not fail for the network. https://www.postgresql.org/docs/17/errcodes-appendix.html */
const CONNECTION_REMEDIES: Readonly<Record<string, string>> = {
  '28P01': 'The secret does not hold its password: wait for a rotation that is under way, or rotate the secret.',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: CERTIFICATE_REMEDY,
  SELF_SIGNED_CERT_IN_CHAIN: CERTIFICATE_REMEDY,
  DEPTH_ZERO_SELF_SIGNED_CERT: CERTIFICATE_REMEDY,
};

/**
 * One sentence or two: what is wrong, and what to do where that is known. Neither PostgreSQL nor Secrets Manager repeats a
 * password in an error, and errors of parsing a secret, which could, are replaced.
 */
export function readableFailure(error: unknown): string {
  return reason(error).slice(0, LONGEST_REASON);
}

function reason(error: unknown): string {
  if (error instanceof LoadRefused || error instanceof MigrationRefused) return error.message;
  if (error instanceof ConnectionError) {
    const code = codeOf(error.parent) ?? error.name;
    return `The database cannot be connected to (${code}): ${error.message}. ${CONNECTION_REMEDIES[code] ?? NETWORK_REMEDY}`;
  }
  if (error instanceof BaseError) return `The database refused (${error.name}): ${error.message}`;
  if (error instanceof SyntaxError || (error as Error | undefined)?.name === 'ZodError') {
    return "The database's secret has no password in the form that RDS writes it.";
  }
  const { name, message } = error instanceof Error ? error : new Error(String(error));
  const unreachable = unreachableCode(error);
  if (unreachable !== undefined) {
    return (
      `Secrets Manager does not answer (${unreachable}). Give both subnets a route through NAT, or answer yes ` +
      'to the parameter InterfaceEndpoints.'
    );
  }
  return `${name}: ${message}`;
}

/** Under what name the network failed below the AWS SDK; undefined for an error of the service itself. */
export function unreachableCode(error: unknown): string | undefined {
  return [codeOf(error), (error as Error | undefined)?.name].find((name) => UNREACHABLE.includes(name ?? ''));
}

function codeOf(error: unknown): string | undefined {
  const { code } = (error ?? {}) as { code?: unknown };
  return typeof code === 'string' ? code : undefined;
}
