/** Whose credentials these are. */
import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import { describeFailure } from '../aws-calls/call-failure.ts';
import { type Known, known, unknown } from './known.ts';

/** The account of the credentials that the standard AWS environment names. */
export async function callerAccount(region: string): Promise<Known<string>> {
  const client = new STSClient({ region, requestHandler: { connectionTimeout: 5_000, requestTimeout: 30_000 } });
  try {
    const { Account } = await client.send(new GetCallerIdentityCommand({}));
    return Account === undefined ? unknown('AWS does not say whose credentials these are') : known(Account);
  } catch (error) {
    return unknown(describeFailure('AWS STS', 'GetCallerIdentity', error));
  } finally {
    client.destroy();
  }
}
