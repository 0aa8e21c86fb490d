/** Entry point of the function `remediation-control`, behind a function URL with IAM authentication. */
import {
  type FunctionUrlAnswer,
  type FunctionUrlEvent,
  remediationControlHandler,
} from './remediation-control-handler.ts';
import { mirrorRemediation } from './remediation/mirror.ts';
import { readRemediationSettings, wireRemediation } from './remediation-wiring.ts';
import { withoutContent } from './refused-input.ts';
import { observe } from './wiring.ts';

const { dependencies, mirror } = wireRemediation(readRemediationSettings(process.env));
const { logger } = observe('remediation-control');

export const handler = async (event: FunctionUrlEvent): Promise<FunctionUrlAnswer> => {
  const collaborators = await dependencies().catch((error: unknown) => {
    throw withoutContent(error);
  });
  const answer = await remediationControlHandler(collaborators, { logger })(event);
  // Somebody waits for the answer: what others have left to be told is for others.
  await mirrorRemediation(collaborators.state, mirror, collaborators.now, { batches: 1 }).catch((error: unknown) => {
    logger.warn('what was recorded could not be told; it is told the next time', withoutContent(error));
  });
  return answer;
};
