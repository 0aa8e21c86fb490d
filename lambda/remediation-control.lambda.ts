/** Entry point of the function `remediation-control`, behind a function URL with IAM authentication. */
import { remediationControlHandler } from './remediation-control-handler.ts';
import { mirrorRemediation } from './remediation/mirror.ts';
import { readRemediationSettings, wireRemediation } from './remediation-wiring.ts';
import { withoutContent } from './refused-input.ts';
import { observe } from './wiring.ts';

const { control, mirror } = wireRemediation(readRemediationSettings(process.env));
const { logger } = observe('remediation-control');

export const handler = remediationControlHandler(control, {
  logger,
  tell: async () => {
    // Somebody waits for the answer: what others have left to be told is for others.
    await mirrorRemediation(control.state, mirror, control.now, { batches: 1 }).catch((error: unknown) => {
      logger.warn('what was recorded could not be told; it is told the next time', withoutContent(error));
    });
  },
});
