/** Why a repository could not be loaded, for whoever reads the events of the stack. */
import { BaseError, ConnectionError } from 'sequelize';
import { MigrationRefused } from '../sql/migrate.ts';
import { LoadRefused } from './load-catalogue.ts';

/** CloudFormation takes 4 KB for a whole answer, and its console shows less. */
const LONGEST_REASON = 800;

/** Errors of the network below the AWS SDK. */
const UNREACHABLE = ['TimeoutError', 'ETIMEDOUT', 'ECONNREFUSED', 'ECONNRESET', 'EAI_AGAIN', 'ENOTFOUND'];

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
    return (
      `The database cannot be connected to (${codeOf(error.parent) ?? error.name}): ${error.message}. Its security group ` +
      "admits the loader's; check the network ACLs of both subnets for port 5432."
    );
  }
  if (error instanceof BaseError) return `The database refused (${error.name}): ${error.message}`;
  if (error instanceof SyntaxError || (error as Error | undefined)?.name === 'ZodError') {
    return "The database's secret has no password in the form that RDS writes it.";
  }
  const { name, message } = error instanceof Error ? error : new Error(String(error));
  if (UNREACHABLE.includes(name) || UNREACHABLE.includes(codeOf(error) ?? '')) {
    return (
      `Secrets Manager does not answer (${codeOf(error) ?? name}). Give both subnets a route through NAT, or answer yes ` +
      'to the parameter InterfaceEndpoints.'
    );
  }
  return `${name}: ${message}`;
}

function codeOf(error: unknown): string | undefined {
  const { code } = (error ?? {}) as { code?: unknown };
  return typeof code === 'string' ? code : undefined;
}
