/** Why a portfolio could not be shared, for whoever reads the events of the stack. */
import { ShareRefused } from './share-portfolio.ts';

/** CloudFormation takes 4 KB for a whole answer, and its console shows less. */
const LONGEST_REASON = 800;

const DENIED = ['AccessDeniedException', 'AccessDenied', 'UnauthorizedException'];

/** Errors of the network below the AWS SDK. */
const UNREACHABLE = ['TimeoutError', 'ETIMEDOUT', 'ECONNREFUSED', 'ECONNRESET', 'EAI_AGAIN', 'ENOTFOUND'];

const OF_WHOM =
  'Only the management account, or a delegated administrator of servicecatalog.amazonaws.com, may share through the ' +
  'organisation. Or set hub.share to account.';

/** One sentence or two: what is wrong, and what to do where that is known. */
export function readableShareFailure(error: unknown): string {
  return reason(error).slice(0, LONGEST_REASON);
}

function reason(error: unknown): string {
  if (error instanceof ShareRefused) return error.message;
  const { name, message } = error instanceof Error ? error : new Error(String(error));
  const { code } = (error ?? {}) as { code?: unknown };
  const network = [name, code].find((one) => typeof one === 'string' && UNREACHABLE.includes(one));
  if (typeof network === 'string') return `AWS does not answer (${network}). Deploy again.`;
  if (DENIED.includes(name)) return `AWS refuses the call (${name}): ${message}. ${OF_WHOM}`;
  switch (name) {
    case 'OperationNotSupportedException':
      return (
        `Service Catalog cannot share through the organisation: ${message}. Its trusted access is granted in the ` +
        `management account by: aws servicecatalog enable-aws-organizations-access. ${OF_WHOM}`
      );
    case 'AWSOrganizationsNotInUseException':
      return 'This account is in no organisation. Set hub.share to account.';
    case 'LimitExceededException':
      return `The portfolio is shared with as many as a portfolio can be: ${message}`;
    case 'InvalidParametersException':
      return `Service Catalog does not take hub.account or hub.node of the configuration: ${message}`;
    default:
      return `${name}: ${message}`;
  }
}
