/**
 * StackSets of CloudFormation on this machine, as far as reading goes, in the query protocol.
 *
 * Source: https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_Operations.html
 */
import {
  type Input,
  pageOf,
  type RunningService,
  ServiceFault,
  type ServiceOptions,
  sizeOf,
  startService,
} from './aws-service.ts';

/** A stack instance; CURRENT and SUCCEEDED where nothing else is said. */
export interface StandInInstance {
  readonly account: string;
  readonly region: string;
  readonly status?: string;
  readonly detailedStatus?: string;
  readonly reason?: string;
  readonly driftStatus?: string;
}

export interface StandInOperation {
  readonly id: string;
  readonly action?: string;
  readonly status?: string;
  /** ISO 8601. */
  readonly startedAt: string;
  readonly results?: readonly {
    readonly account: string;
    readonly region: string;
    readonly status: string;
    readonly reason?: string;
  }[];
}

export interface StandInStackSet {
  readonly name: string;
  readonly autoDeployment?: boolean;
  readonly instances: readonly StandInInstance[];
  readonly operations?: readonly StandInOperation[];
  readonly drift?: { readonly status: string; readonly drifted: number; readonly checkedAt: string };
}

export interface StandInCloudFormation extends ServiceOptions {
  /** As whom the caller may call. */
  readonly callAs: 'SELF' | 'DELEGATED_ADMIN';
  /** @default ENABLED */
  readonly access?: string;
  readonly stackSets?: readonly StandInStackSet[];
  /** Plain stacks of the caller's account, with their status. */
  readonly stacks?: Readonly<Record<string, string>>;
}

const LARGEST_PAGE = 100;

export async function startCloudFormation(options: StandInCloudFormation): Promise<RunningService> {
  const { callAs, access = 'ENABLED', stackSets = [], stacks = {}, emptyPages = false } = options;

  function checkCaller({ CallAs = 'SELF' }: Input): void {
    if (CallAs === callAs) return;
    throw new ServiceFault(
      'ValidationError',
      'You must be the management account or delegated admin account of an organization before operating a SERVICE_MANAGED stack set',
    );
  }

  function find({ StackSetName }: Input): StandInStackSet {
    const found = stackSets.find(({ name }) => name === StackSetName);
    if (found !== undefined) return found;
    throw new ServiceFault('StackSetNotFoundException', `StackSet ${String(StackSetName)} not found`, 404);
  }

  function page(input: Input, question: readonly unknown[], items: readonly unknown[]): unknown {
    const size = sizeOf(input['MaxResults'], LARGEST_PAGE);
    const { items: Summaries, nextToken } = pageOf(items, question, input['NextToken'], size, emptyPages);
    return { Summaries, NextToken: nextToken };
  }

  const paging = ['CallAs', 'MaxResults', 'NextToken'];
  return startService(
    {
      signedFor: 'cloudformation',
      protocol: 'query',
      throttling: { code: 'Throttling', status: 400 },
      operations: {
        DescribeOrganizationsAccess: {
          members: ['CallAs'],
          answer: (input) => {
            checkCaller(input);
            return { Status: access };
          },
        },
        ListStackSets: {
          members: [...paging, 'Status'],
          answer: (input) => {
            checkCaller(input);
            return page(
              input,
              ['sets'],
              stackSets.map(({ name }) => ({ StackSetName: name, Status: 'ACTIVE' })),
            );
          },
        },
        DescribeStackSet: {
          members: ['CallAs', 'StackSetName'],
          answer: (input) => {
            checkCaller(input);
            const { name, instances, autoDeployment = true, drift } = find(input);
            return {
              StackSet: {
                StackSetName: name,
                Status: 'ACTIVE',
                PermissionModel: 'SERVICE_MANAGED',
                AutoDeployment: { Enabled: autoDeployment },
                Regions: [...new Set(instances.map(({ region }) => region))],
                ...(drift === undefined
                  ? {}
                  : {
                      StackSetDriftDetectionDetails: {
                        DriftStatus: drift.status,
                        DriftedStackInstancesCount: drift.drifted,
                        LastDriftCheckTimestamp: new Date(drift.checkedAt),
                      },
                    }),
              },
            };
          },
        },
        ListStackInstances: {
          members: [...paging, 'StackSetName', 'Filters', 'StackInstanceAccount', 'StackInstanceRegion'],
          answer: (input) => {
            checkCaller(input);
            const { name, instances } = find(input);
            return page(
              input,
              ['instances', name],
              instances.map(
                ({ account, region, status = 'CURRENT', detailedStatus = 'SUCCEEDED', reason, driftStatus }) => ({
                  Account: account,
                  Region: region,
                  Status: status,
                  StatusReason: reason,
                  StackInstanceStatus: { DetailedStatus: detailedStatus },
                  DriftStatus: driftStatus ?? 'NOT_CHECKED',
                }),
              ),
            );
          },
        },
        ListStackSetOperations: {
          members: [...paging, 'StackSetName'],
          answer: (input) => {
            checkCaller(input);
            const { name, operations = [] } = find(input);
            return page(
              input,
              ['operations', name],
              operations.map(({ id, action = 'UPDATE', status = 'SUCCEEDED', startedAt }) => ({
                OperationId: id,
                Action: action,
                Status: status,
                CreationTimestamp: new Date(startedAt),
              })),
            );
          },
        },
        ListStackSetOperationResults: {
          members: [...paging, 'StackSetName', 'OperationId', 'Filters'],
          answer: (input) => {
            checkCaller(input);
            const { operations = [] } = find(input);
            const operation = operations.find(({ id }) => id === input['OperationId']);
            if (operation === undefined) throw new ServiceFault('OperationNotFoundException', 'No such operation', 404);
            const [filter] = (input['Filters'] ?? []) as { Values: string }[];
            const results = (operation.results ?? []).filter(({ status }) => status === (filter?.Values ?? status));
            return page(
              input,
              ['results', operation.id],
              results.map(({ account, region, status, reason }) => ({
                Account: account,
                Region: region,
                Status: status,
                StatusReason: reason,
              })),
            );
          },
        },
        DescribeStacks: {
          members: ['StackName'],
          answer: ({ StackName }) => {
            const status = stacks[String(StackName)];
            if (status === undefined) {
              throw new ServiceFault('ValidationError', `Stack with id ${String(StackName)} does not exist`);
            }
            return {
              Stacks: [{ StackName, StackStatus: status, DriftInformation: { StackDriftStatus: 'NOT_CHECKED' } }],
            };
          },
        },
      },
    },
    options,
  );
}
