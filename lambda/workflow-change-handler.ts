/** The SQS handler of `workflow-change`. */
import { MetricUnit } from '@aws-lambda-powertools/metrics';
import type { SecurityHubTarget } from './core/security-hub-target.ts';
import { type Observability, type SqsHandler, failedMessages } from './enrich-finding-handler.ts';
import { withoutContent } from './refused-input.ts';
import { type WorkflowState, noteWorkflowChanges } from './workflow-change.ts';

/** Makes the handler. Throws where the database does not answer, which returns all messages. */
export function workflowChangeHandler(
  state: WorkflowState,
  target: SecurityHubTarget,
  { logger, metrics }: Observability,
): SqsHandler {
  return async (event, context) => {
    const { changed, ignored, failed } = await noteWorkflowChanges(event.Records, target, state).catch(
      (error: unknown) => {
        throw withoutContent(error);
      },
    );
    for (const [messageId, reason] of failed) logger.warn('message failed', { messageId, reason });
    metrics.addMetric('WorkflowChanges', MetricUnit.Count, changed);
    metrics.publishStoredMetrics();
    logger.info('workflow changes noted', { messages: event.Records.length, changed, ignored, failed: failed.size });
    return failedMessages(event, failed, context);
  };
}
