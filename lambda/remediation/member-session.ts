/**
 * Sessions in member accounts. Each step of each action assumes the remediation role anew, for one resource: the session
 * policy leaves of the role's rights only that, and the session's name tells CloudTrail which action it was.
 */
import type { fromTemporaryCredentials } from '@aws-sdk/credential-providers';
import { PATIENCE } from '../adapters/member-credentials.ts';
import { REMEDIATE_ROLE, memberRoleArn, sourceIdentityOf } from '../core/member-role.ts';
import { type SecurityHubTarget, partitionOf } from '../core/security-hub-target.ts';
import type { Action, Subject } from './action.ts';
import { SERVICES, type Service, type Session } from './aws-call.ts';
import { type Step, sessionPolicy } from './permission.ts';

/** Seconds, the least that STS allows. https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html */
const DURATION = 900;
/** Characters of a session's name, ibid. */
const MAX_SESSION_NAME = 64;
/** Characters of a session policy, ibid. */
export const MAX_SESSION_POLICY = 2048;
/** Attempts of one call, the first included: a throttled service is asked again, with a growing pause. */
const MAX_ATTEMPTS = 3;

/** Opens a session. Throws {@link NoSession} where the account does not let us in, and what STS answers otherwise. */
export type OpenSession = (action: Action, step: Step, subject: Subject) => Promise<Session>;

/** The member account has no role for us, or does not let us assume it. */
export class NoSession extends Error {
  override readonly name = 'NoSession';
}

/** Where a stand-in listens, and how patient the clients are; for tests. */
export interface SessionOptions {
  readonly sts?: Pick<Parameters<typeof fromTemporaryCredentials>[0], 'masterCredentials' | 'clientConfig'>;
  /** Configuration of every client. */
  readonly client?: Readonly<Record<string, unknown>>;
}

/** Sessions by way of STS in the hub's Region. */
export function memberSessions(hub: SecurityHubTarget, options: SessionOptions = {}): OpenSession {
  const identity = sourceIdentityOf(hub);
  return async (action, step, subject) => {
    const policy = JSON.stringify(sessionPolicy(action, step, subject));
    if (policy.length > MAX_SESSION_POLICY) {
      throw new NoSession(`the session policy of ${action.id} has ${policy.length} characters, more than STS takes`);
    }
    const { fromTemporaryCredentials } = await import('@aws-sdk/credential-providers');
    const provide = fromTemporaryCredentials({
      ...options.sts,
      clientConfig: { region: hub.region, maxAttempts: 2, requestHandler: PATIENCE, ...options.sts?.clientConfig },
      params: {
        RoleArn: memberRoleArn(partitionOf(hub.region), subject.accountId, REMEDIATE_ROLE),
        RoleSessionName: `virtual-soc-${step}-${action.id}`.slice(0, MAX_SESSION_NAME),
        SourceIdentity: identity,
        DurationSeconds: DURATION,
        Policy: policy,
      },
    });
    try {
      const credentials = await provide();
      return awsSession({ ...options.client, region: subject.region, credentials });
    } catch (error) {
      if (!(error instanceof Error) || !REFUSALS.has(error.name)) throw error;
      throw new NoSession(`the account does not let Virtual SOC remediate (${error.name})`, { cause: error });
    }
  };
}

/** STS answers AccessDenied for a role that does not exist too. https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot_roles.html */
const REFUSALS = new Set(['AccessDenied', 'AccessDeniedException', 'RegionDisabledException']);

interface Client {
  send(command: unknown): Promise<unknown>;
  destroy(): void;
}

/** A session with these credentials. Clients are made when they are needed, and live as long as it does. */
export function awsSession(configuration: Readonly<Record<string, unknown>>): Session {
  const clients = new Map<Service, Client>();
  const send = async (service: Service, operation: string, input: unknown): Promise<unknown> => {
    const { Client, commands } = (await SERVICES[service]()) as unknown as {
      readonly Client: new (configuration: unknown) => Client;
      readonly commands: Readonly<Record<string, new (input: unknown) => unknown>>;
    };
    const Command = Object.hasOwn(commands, operation) ? commands[operation] : undefined;
    if (Command === undefined) throw new Error(`${service}:${operation} is no call that remediation makes`);
    const client =
      clients.get(service) ?? new Client({ maxAttempts: MAX_ATTEMPTS, requestHandler: PATIENCE, ...configuration });
    clients.set(service, client);
    return client.send(new Command(input));
  };
  return {
    call: (service, operation, input) => send(service, operation, input),
    make: async ({ service, operation, input }) => {
      await send(service, operation, input);
    },
    close: () => {
      for (const client of clients.values()) client.destroy();
    },
  };
}
