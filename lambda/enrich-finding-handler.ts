/** The SQS handler of `enrich-finding`: a batch in, the ids of failed messages out, what happened into logs and metrics. */
import { BatchProcessor, EventType, processPartialResponse } from '@aws-lambda-powertools/batch';
import type { Logger } from '@aws-lambda-powertools/logger';
import { MetricUnit } from '@aws-lambda-powertools/metrics';
import type { Context, SQSBatchResponse, SQSEvent, SQSRecord } from 'aws-lambda';
import { withoutContent } from './refused-input.ts';
import { type EnrichFindingDependencies, type EnrichmentReport, enrichFindings } from './enrich-finding.ts';

/** What every handler writes to. No finding content goes into either. */
export interface Observability {
  readonly logger: Pick<Logger, 'info' | 'warn' | 'error'>;
  readonly metrics: {
    addMetric(name: string, unit: typeof MetricUnit.Count | typeof MetricUnit.NoUnit, value: number): unknown;
    publishStoredMetrics(): unknown;
  };
}

export type SqsHandler = (event: SQSEvent, context?: Context) => Promise<SQSBatchResponse>;

/**
 * Makes the handler. A message that fails is delivered again and, after the queue's last attempt, reaches the dead-letter
 * queue; its reason is logged each time. Throws where database or Security Hub do not answer, which returns all messages.
 */
export function enrichFindingHandler(
  dependencies: EnrichFindingDependencies,
  { logger, metrics }: Observability,
  onReport: (report: EnrichmentReport) => void = () => undefined,
): SqsHandler {
  return async (event, context) => {
    const report = await enrichFindings(event.Records, dependencies).catch((error: unknown) => {
      throw withoutContent(error);
    });
    onReport(report);
    logReport(report, { logger, metrics });
    return failedMessages(event, report.failed, context);
  };
}

/**
 * The answer to SQS: the work was done for the batch as a whole, and each record only learns how it went. `failed` is the
 * reason by message id.
 */
export function failedMessages(
  event: SQSEvent,
  failed: ReadonlyMap<string, string>,
  context?: Context,
): Promise<SQSBatchResponse> {
  const settle = (record: SQSRecord): Promise<void> => {
    const reason = failed.get(record.messageId);
    return reason === undefined ? Promise.resolve() : Promise.reject(new FailedMessage(reason));
  };
  return processPartialResponse(event, settle, new BatchProcessor(EventType.SQS), {
    ...(context ? { context } : {}),
    throwOnFullBatchFailure: false,
  });
}

/** Tells Powertools' batch processor to return a message. */
class FailedMessage extends Error {
  override readonly name = 'FailedMessage';
}

function logReport(report: EnrichmentReport, { logger, metrics }: Observability): void {
  for (const [messageId, reason] of report.failed) logger.warn('message failed', { messageId, reason });
  for (const { id, code } of report.importFailures) logger.error('finding refused', { findingId: id, code });
  const counts = {
    FindingsReceived: report.findings,
    FindingsRejected: report.rejected.length,
    FindingsUnchecked: report.unchecked,
    FindingsUnmapped: report.unmapped.length,
    FindingsIgnored: Object.values(report.ignored).reduce((sum, count) => sum + count, 0),
    TechniqueFindingsImported: report.imported,
    TechniqueFindingsArchived: report.archived,
    ImportsFailed: report.importFailures.length,
  };
  const { fellBack, stranded, refused, unreachable } = report.elsewhere;
  for (const { place, code } of refused) logger.warn('owner refuses', { place, code });
  for (const { place, code } of unreachable) logger.warn('owner does not answer', { place, code });
  const elsewhere = {
    TechniqueFindingsInHubInstead: fellBack,
    TechniqueFindingsStranded: stranded,
    OwnersRefusing: refused.length,
    OwnersNotAnswering: unreachable.length,
  };
  const told = { ...counts, ...(Object.values(elsewhere).some((count) => count > 0) ? elsewhere : {}) };
  for (const [name, count] of Object.entries(told)) metrics.addMetric(name, MetricUnit.Count, count);
  metrics.publishStoredMetrics();
  logger.info('batch enriched', { messages: report.messages, ...told });
}
