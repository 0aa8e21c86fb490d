/** Stack sets and their instances, read through CloudFormation. */
import {
  CloudFormationClient,
  DescribeOrganizationsAccessCommand,
  DescribeStacksCommand,
  DescribeStackSetCommand,
  ListStackInstancesCommand,
  ListStackSetOperationResultsCommand,
  ListStackSetOperationsCommand,
  ListStackSetsCommand,
  type StackInstanceSummary,
  type StackSetOperationResultSummary,
  type StackSetOperationSummary,
} from '@aws-sdk/client-cloudformation';
import { isNotFound, messageOf } from '../aws-calls/call-failure.ts';
import type { CallLimiter } from '../aws-calls/call-limiter.ts';
import { forEachItem, readAll } from '../aws-calls/pages.ts';
import type { CloudFormationOperation } from './api-rates.ts';
import type { Place } from './place.ts';
import { CLIENT_SETTINGS, serviceCalls, tokenOf } from './service-calls.ts';

const CLOUDFORMATION = 'AWS CloudFormation';

/** Results of a page. https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_ListStackInstances.html */
const PAGE_SIZE = 100;

/** Whether the caller acts for the management account, or is it. */
export type CallAs = 'SELF' | 'DELEGATED_ADMIN';

/** A stack set as a whole. */
export interface StackSetState {
  readonly name: string;
  /** `ACTIVE` or `DELETED`. */
  readonly status: string;
  readonly autoDeployment: boolean | undefined;
  readonly regions: readonly string[];
  readonly drift: DriftState;
}

/** What the last drift detection found; nothing here starts one. */
export interface DriftState {
  /** `DRIFTED`, `IN_SYNC` or `NOT_CHECKED`. */
  readonly status: string;
  readonly drifted: number;
  /** ISO 8601; undefined where there was none. */
  readonly checkedAt?: string;
}

/** One stack of a stack set. */
export interface StackInstance extends Place {
  /** `CURRENT`, `OUTDATED` or `INOPERABLE`. */
  readonly status: string;
  /** `PENDING`, `RUNNING`, `SUCCEEDED`, `FAILED`, `CANCELLED`, `SKIPPED_SUSPENDED_ACCOUNT`, …; undefined before the first operation. */
  readonly detailedStatus?: string;
  readonly reason?: string;
  readonly driftStatus?: string;
}

/** An operation of a stack set. */
export interface StackSetOperation {
  readonly id: string;
  readonly action: string;
  /** `RUNNING`, `SUCCEEDED`, `FAILED`, `STOPPING`, `STOPPED` or `QUEUED`. */
  readonly status: string;
  readonly reason?: string;
  /** ISO 8601. */
  readonly startedAt?: string;
  readonly endedAt?: string;
}

/** What an operation did in one place. */
export interface OperationResult extends Place {
  readonly status: string;
  readonly reason?: string;
}

/** A plain stack, as there is in the management account. */
export interface StackState {
  readonly name: string;
  readonly status: string;
  readonly reason?: string;
  readonly driftStatus?: string;
}

/** What can be read. Every method throws an Error with a message for people. */
export interface StackSetReader {
  /** `ENABLED`, `DISABLED` or `DISABLED_PERMANENTLY`. */
  organizationsAccess(): Promise<string>;
  /** Names of the stack sets that exist. */
  stackSetNames(): Promise<string[]>;
  /** Undefined where there is none of that name. */
  stackSet(name: string): Promise<StackSetState | undefined>;
  instances(name: string, onProgress?: (read: number) => void): Promise<StackInstance[]>;
  /** Newest first, whatever order AWS lists them in. */
  operations(name: string): Promise<StackSetOperation[]>;
  failures(name: string, operationId: string): Promise<OperationResult[]>;
  /** A stack of the caller's own account; undefined where there is none of that name. */
  stack(name: string): Promise<StackState | undefined>;
}

/** The CloudFormation of a Region that the standard AWS environment names. */
export function cloudFormationClient(region: string): CloudFormationClient {
  return new CloudFormationClient({ region, ...CLIENT_SETTINGS });
}

/** Reads through a client, each call when the limiter lets it. */
export function stackSetReader(
  client: CloudFormationClient,
  limiter: CallLimiter<CloudFormationOperation>,
  callAs: CallAs,
): StackSetReader {
  const call = serviceCalls(CLOUDFORMATION, limiter);
  const caller = { CallAs: callAs };

  return {
    organizationsAccess: async () => {
      const { Status } = await call('DescribeOrganizationsAccess', () =>
        client.send(new DescribeOrganizationsAccessCommand(caller)),
      );
      return Status ?? 'UNKNOWN';
    },
    stackSetNames: async () => {
      const sets = await readAll(CLOUDFORMATION, async (token) => {
        const page = await call('ListStackSets', () =>
          client.send(
            new ListStackSetsCommand({ ...caller, Status: 'ACTIVE', MaxResults: PAGE_SIZE, ...tokenOf(token) }),
          ),
        );
        return { items: page.Summaries ?? [], nextToken: page.NextToken };
      });
      return sets.map(({ StackSetName }) => StackSetName ?? '').sort();
    },
    stackSet: async (name) => {
      const { StackSet } = await call('DescribeStackSet', () =>
        client.send(new DescribeStackSetCommand({ ...caller, StackSetName: name })),
      ).catch((error: Error) => {
        if (isNotFound(error.cause)) return { StackSet: undefined };
        throw error;
      });
      if (StackSet === undefined) return undefined;
      const drift = StackSet.StackSetDriftDetectionDetails;
      return {
        name: StackSet.StackSetName ?? name,
        status: StackSet.Status ?? 'UNKNOWN',
        autoDeployment: StackSet.AutoDeployment?.Enabled,
        regions: [...(StackSet.Regions ?? [])].sort(),
        drift: {
          status: drift?.DriftStatus ?? 'NOT_CHECKED',
          drifted: drift?.DriftedStackInstancesCount ?? 0,
          ...optional('checkedAt', drift?.LastDriftCheckTimestamp?.toISOString()),
        },
      };
    },
    instances: async (name, onProgress = () => undefined) => {
      const instances: StackInstance[] = [];
      await forEachItem(
        CLOUDFORMATION,
        async (token) => {
          const page = await call('ListStackInstances', () =>
            client.send(
              new ListStackInstancesCommand({
                ...caller,
                StackSetName: name,
                MaxResults: PAGE_SIZE,
                ...tokenOf(token),
              }),
            ),
          );
          const items = (page.Summaries ?? []).map(instanceOf);
          onProgress(items.length);
          return { items, nextToken: page.NextToken };
        },
        (instance) => instances.push(instance),
      );
      return instances;
    },
    operations: async (name) => {
      const operations = await readAll(CLOUDFORMATION, async (token) => {
        const page = await call('ListStackSetOperations', () =>
          client.send(
            new ListStackSetOperationsCommand({
              ...caller,
              StackSetName: name,
              MaxResults: PAGE_SIZE,
              ...tokenOf(token),
            }),
          ),
        );
        return { items: (page.Summaries ?? []).map(operationOf), nextToken: page.NextToken };
      });
      return operations.sort((a, b) => order(b.startedAt ?? '', a.startedAt ?? ''));
    },
    failures: async (name, operationId) =>
      readAll(CLOUDFORMATION, async (token) => {
        const page = await call('ListStackSetOperationResults', () =>
          client.send(
            new ListStackSetOperationResultsCommand({
              ...caller,
              StackSetName: name,
              OperationId: operationId,
              Filters: [{ Name: 'OPERATION_RESULT_STATUS', Values: 'FAILED' }],
              MaxResults: PAGE_SIZE,
              ...tokenOf(token),
            }),
          ),
        );
        return { items: (page.Summaries ?? []).map(resultOf), nextToken: page.NextToken };
      }),
    stack: async (name) => {
      const { Stacks = [] } = await call('DescribeStacks', () =>
        client.send(new DescribeStacksCommand({ StackName: name })),
      ).catch((error: Error) => {
        // The only sign of a stack that is not there: a ValidationError with this text.
        if (/does not exist/.test(messageOf(error.cause))) return { Stacks: [] };
        throw error;
      });
      const [stack] = Stacks;
      if (stack === undefined) return undefined;
      return {
        name,
        status: stack.StackStatus ?? 'UNKNOWN',
        ...optional('reason', stack.StackStatusReason),
        ...optional('driftStatus', stack.DriftInformation?.StackDriftStatus),
      };
    },
  };
}

function instanceOf(summary: StackInstanceSummary): StackInstance {
  return {
    account: summary.Account ?? '',
    region: summary.Region ?? '',
    status: summary.Status ?? 'UNKNOWN',
    ...optional('detailedStatus', summary.StackInstanceStatus?.DetailedStatus),
    ...optional('reason', summary.StatusReason),
    ...optional('driftStatus', summary.DriftStatus),
  };
}

function operationOf(summary: StackSetOperationSummary): StackSetOperation {
  return {
    id: summary.OperationId ?? '',
    action: summary.Action ?? 'UNKNOWN',
    status: summary.Status ?? 'UNKNOWN',
    ...optional('reason', summary.StatusReason),
    ...optional('startedAt', summary.CreationTimestamp?.toISOString()),
    ...optional('endedAt', summary.EndTimestamp?.toISOString()),
  };
}

function resultOf(summary: StackSetOperationResultSummary): OperationResult {
  return {
    account: summary.Account ?? '',
    region: summary.Region ?? '',
    status: summary.Status ?? 'UNKNOWN',
    ...optional('reason', summary.StatusReason),
  };
}

function optional<Key extends string>(key: Key, value: string | undefined): { readonly [K in Key]?: string } {
  return value === undefined || value === '' ? {} : ({ [key]: value } as { readonly [K in Key]: string });
}

function order(a: string, b: string): number {
  return a < b ? -1 : Number(a > b);
}
