/** The SQS handler of `remediate`. */
import { MetricUnit } from '@aws-lambda-powertools/metrics';
import { type Observability, type SqsHandler, failedMessages } from './enrich-finding-handler.ts';
import { type MirrorTargets, mirrorRemediation } from './remediation/mirror.ts';
import { type RemediateDependencies, remediate } from './remediation/remediate.ts';
import { withoutContent } from './refused-input.ts';

/** Milliseconds for an action that was begun, and for telling of it: three services that answer at the third attempt. */
const RESERVE = 50_000;

/** Milliseconds for each message that waits behind a finding of many resources. */
const SHARE = 10_000;

/** Of what is still to be told, batches after each batch of messages: it has to be done well before the function's time is up. */
const BATCHES_TOLD = 10;

/** What the handler needs beyond the use case. */
export interface RemediateHandlerDependencies {
  /** Read anew for each batch, so that switching something off takes effect. Throws where it cannot be read. */
  readonly dependencies: () => Promise<RemediateDependencies>;
  readonly mirror: MirrorTargets;
}

/** Makes the handler. Throws where configuration or database cannot be read, which returns all messages: nothing is done then. */
export function remediateHandler(
  { dependencies, mirror }: RemediateHandlerDependencies,
  { logger, metrics }: Observability,
): SqsHandler {
  return async (event, context) => {
    try {
      const collaborators = await dependencies();
      // What is not begun in time comes again; a function that is cut off leaves a change for reconciliation to settle.
      const hasTime = (waiting: number) =>
        context === undefined || context.getRemainingTimeInMillis() > RESERVE + waiting * SHARE;
      const report = await remediate(event.Records, { ...collaborators, hasTime });
      for (const [messageId, reason] of report.failed) logger.warn('message failed', { messageId, reason });
      // Somebody imports findings under our name, or state and hub do not fit: either is for a person to look at.
      if (report.foreign > 0) logger.error('findings that are not ours ask for remediation', { count: report.foreign });
      const counts = {
        RemediationsApplied: report.outcomes.applied ?? 0,
        RemediationsRequested: report.outcomes.requested ?? 0,
        RemediationsFailed: (report.outcomes.failed ?? 0) + (report.outcomes.denied ?? 0),
        RemediationsStopped: report.outcomes.stopped ?? 0,
        RemediationAlerts: report.outcomes.alert ?? 0,
        RemediationForeignFindings: report.foreign,
      };
      for (const [name, count] of Object.entries(counts)) metrics.addMetric(name, MetricUnit.Count, count);
      logger.info('remediation', { messages: event.Records.length, ignored: report.ignored, ...report.outcomes });
      await tell();
      return await failedMessages(event, report.failed, context);

      // What was done is done and recorded: a bus that does not answer must not have it done again.
      async function tell(): Promise<void> {
        try {
          await mirrorRemediation(collaborators.state, mirror, collaborators.now, { batches: BATCHES_TOLD });
        } catch (error) {
          logger.warn('what was recorded could not be told; it is told the next time', withoutContent(error));
          // What passes needs nobody: settle-remediation raises an alarm where it lasts.
          metrics.addMetric('RemediationMirrorFailed', MetricUnit.Count, 1);
        }
      }
    } catch (error) {
      throw withoutContent(error);
    } finally {
      metrics.publishStoredMetrics();
    }
  };
}
