/** Whether results of conformance packs reach Security Hub, which AWS's documentation answers both ways. */
import { GetFindingsCommand, SecurityHubClient } from '@aws-sdk/client-securityhub';
import { type ApiRates, callLimiter, type Clock } from '../aws-calls/call-limiter.ts';
import { CLIENT_SETTINGS, serviceCalls } from './service-calls.ts';

/** Source: https://docs.aws.amazon.com/securityhub/1.0/APIReference/API_GetFindings.html */
const RATES: ApiRates<'GetFindings'> = { GetFindings: { perSecond: 3, burst: 6 } };

/** What AWS Config appends to the name of a rule in a pack; the name is the title of its findings. */
const IN_PACK = '-conformance-pack-';

/** The Security Hub of a Region that the standard AWS environment names. */
export function hubClient(region: string): SecurityHubClient {
  return new SecurityHubClient({ region, ...CLIENT_SETTINGS });
}

/** Whether there is any finding of a rule in a pack, whoever's. Throws an Error with a message for people. */
export async function hasPackFinding(client: SecurityHubClient, clock: Clock, signal: AbortSignal): Promise<boolean> {
  const call = serviceCalls('Security Hub', callLimiter(RATES, clock, signal));
  let token: string | undefined;
  do {
    const page = await call('GetFindings', () =>
      client.send(
        new GetFindingsCommand({
          Filters: {
            ProductName: [{ Comparison: 'EQUALS', Value: 'Config' }],
            Title: [{ Comparison: 'CONTAINS', Value: IN_PACK }],
          },
          MaxResults: 100,
          ...(token === undefined ? {} : { NextToken: token }),
        }),
      ),
    );
    if ((page.Findings ?? []).length > 0) return true;
    token = page.NextToken;
  } while (token !== undefined);
  return false;
}
