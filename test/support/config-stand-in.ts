/**
 * An aggregator of AWS Config on this machine.
 *
 * Source: https://docs.aws.amazon.com/config/latest/APIReference/API_Operations.html
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

/** A recorder, in the words of AWS Config's resource schema. */
export interface StandInRecorder {
  readonly name?: string;
  readonly recording?: boolean;
  /** `configuration.RecordingGroup`. @default everything, IAM included */
  readonly group?: object;
}

/** What AWS Config has in an account and Region. */
export interface StandInPlace {
  readonly account: string;
  readonly region: string;
  /** @default one that records everything */
  readonly recorder?: StandInRecorder | undefined;
  /** Names of rules that have results. */
  readonly rules?: readonly string[];
  /** Packs with their number of rules. */
  readonly packs?: Readonly<Record<string, number>>;
  /** Status of the source; null: it has none. @default SUCCEEDED */
  readonly source?: { readonly status: string; readonly message?: string } | null;
}

export interface StandInAggregator {
  readonly name: string;
  /** Undefined: all. */
  readonly regions?: readonly string[];
  readonly places: readonly StandInPlace[];
  /** Numbers of resources by Region and type. */
  readonly resources?: Readonly<Record<string, Readonly<Record<string, number>>>>;
  /** Why it cannot read the organisation. */
  readonly organizationFailure?: string;
}

const EVERYTHING = { AllSupported: true, IncludeGlobalResourceTypes: true };

/** @param aggregator undefined: the account has none */
export async function startConfig(
  aggregator: StandInAggregator | undefined,
  options: ServiceOptions = {},
): Promise<RunningService> {
  const { emptyPages = false } = options;
  const places = aggregator?.places ?? [];

  function list(
    operation: string,
    member: string,
    input: Input,
    largest: number,
    items: readonly unknown[],
    own: readonly string[],
  ): unknown {
    const question = [operation, ...own.map((name) => input[name])];
    const page = pageOf(items, question, input['NextToken'], sizeOf(input['Limit'], largest), emptyPages);
    return { [member]: page.items, ...(page.nextToken === undefined ? {} : { NextToken: page.nextToken }) };
  }

  function ofAggregator(
    operation: string,
    member: string,
    largest: number,
    own: readonly string[],
    items: (input: Input) => readonly unknown[],
  ) {
    return {
      members: ['ConfigurationAggregatorName', 'Limit', 'NextToken', ...own],
      answer: (input: Input) => {
        if (aggregator === undefined || input['ConfigurationAggregatorName'] !== aggregator.name) {
          throw new ServiceFault('NoSuchConfigurationAggregatorException', 'There is no such aggregator.');
        }
        return list(operation, member, input, largest, items(input), own);
      },
    };
  }

  return startService(
    {
      signedFor: 'config',
      protocol: { json: 'StarlingDoveService' },
      throttling: { code: 'ThrottlingException', status: 400 },
      operations: {
        DescribeConfigurationAggregators: {
          members: ['Limit', 'NextToken'],
          answer: (input) =>
            list('DescribeConfigurationAggregators', 'ConfigurationAggregators', input, 100, described(aggregator), []),
        },
        DescribeConfigurationAggregatorSourcesStatus: ofAggregator(
          'Sources',
          'AggregatedSourceStatusList',
          100,
          ['UpdateStatus'],
          () => [
            {
              SourceId: 'Organization',
              SourceType: 'ORGANIZATION',
              AwsRegion: 'eu-west-1',
              LastUpdateStatus: aggregator?.organizationFailure === undefined ? 'SUCCEEDED' : 'FAILED',
              LastErrorMessage: aggregator?.organizationFailure,
            },
            ...places.flatMap(({ account, region, source = { status: 'SUCCEEDED' } }) =>
              source === null
                ? []
                : [
                    {
                      SourceId: account,
                      SourceType: 'ACCOUNT',
                      AwsRegion: region,
                      LastUpdateStatus: source.status,
                      LastErrorMessage: source.message,
                    },
                  ],
            ),
          ],
        ),
        SelectAggregateResourceConfig: ofAggregator('Select', 'Results', 100, ['Expression'], ({ Expression }) => {
          if (!String(Expression).includes("resourceType = 'AWS::Config::ConfigurationRecorder'")) {
            throw new ServiceFault('InvalidExpressionException', 'This stand-in knows recorders only.');
          }
          return places.flatMap((place) => recorderRows(place));
        }),
        DescribeAggregateComplianceByConfigRules: ofAggregator(
          'Rules',
          'AggregateComplianceByConfigRules',
          1000,
          ['Filters'],
          () =>
            places.flatMap(({ account, region, rules = [] }) =>
              rules.map((ConfigRuleName) => ({
                ConfigRuleName,
                AccountId: account,
                AwsRegion: region,
                Compliance: { ComplianceType: 'COMPLIANT' },
              })),
            ),
        ),
        DescribeAggregateComplianceByConformancePacks: ofAggregator(
          'Packs',
          'AggregateComplianceByConformancePacks',
          100,
          ['Filters'],
          () =>
            places.flatMap(({ account, region, packs = {} }) =>
              Object.entries(packs).map(([ConformancePackName, TotalRuleCount]) => ({
                ConformancePackName,
                AccountId: account,
                AwsRegion: region,
                Compliance: { ComplianceType: 'COMPLIANT', TotalRuleCount },
              })),
            ),
        ),
        GetAggregateDiscoveredResourceCounts: ofAggregator(
          'Counts',
          'GroupedResourceCounts',
          1000,
          ['Filters', 'GroupByKey'],
          ({ Filters }) => {
            const counts = aggregator?.resources?.[(Filters as { Region: string }).Region] ?? {};
            return Object.entries(counts).map(([GroupName, ResourceCount]) => ({ GroupName, ResourceCount }));
          },
        ),
      },
    },
    options,
  );
}

function described(aggregator: StandInAggregator | undefined): unknown[] {
  const own = {
    ConfigurationAggregatorName: 'one-account',
    AccountAggregationSources: [{ AccountIds: ['111122223333'], AllAwsRegions: true }],
  };
  if (aggregator === undefined) return [own];
  const { name, regions } = aggregator;
  const source = regions === undefined ? { AllAwsRegions: true } : { AwsRegions: regions };
  return [own, { ConfigurationAggregatorName: name, OrganizationAggregationSource: { RoleArn: 'arn', ...source } }];
}

/** That of Security Hub is there everywhere, and is no recorder for rules of ours. */
function recorderRows({ account, region, ...place }: StandInPlace): string[] {
  const row = (configuration: object) => JSON.stringify({ accountId: account, awsRegion: region, configuration });
  const linked = row({ Name: 'AWSConfigurationRecorderForSecurityHub', Recording: true });
  const { recorder } = 'recorder' in place ? place : { recorder: {} };
  if (recorder === undefined) return [linked];
  const { name = 'default', recording = true, group = EVERYTHING } = recorder;
  return [linked, row({ Name: name, Recording: recording, RecordingGroup: group })];
}
