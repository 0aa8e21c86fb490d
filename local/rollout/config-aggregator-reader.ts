/** What an aggregator of AWS Config knows of all accounts and Regions of an organisation. */
import {
  ConfigServiceClient,
  DescribeAggregateComplianceByConfigRulesCommand,
  DescribeAggregateComplianceByConformancePacksCommand,
  DescribeConfigurationAggregatorsCommand,
  DescribeConfigurationAggregatorSourcesStatusCommand,
  GetAggregateDiscoveredResourceCountsCommand,
  SelectAggregateResourceConfigCommand,
} from '@aws-sdk/client-config-service';
import type { CallLimiter } from '../aws-calls/call-limiter.ts';
import { forEachItem, readAll } from '../aws-calls/pages.ts';
import type { ConfigOperation } from './api-rates.ts';
import { parseRecorder, type Recorder, RECORDER_QUERY } from './recorder.ts';
import { type Place, type PlaceKey, placeKey } from './place.ts';
import { CLIENT_SETTINGS, serviceCalls, tokenOf } from './service-calls.ts';

const CONFIG = 'AWS Config';

/** Results of a page, the most that each operation gives. https://docs.aws.amazon.com/config/latest/APIReference/API_Operations.html */
const PAGE_SIZE = 100;
const RULE_PAGE_SIZE = 1000;

/** An aggregator of a whole organisation. */
export interface Aggregator {
  readonly name: string;
  /** Undefined: all of them. */
  readonly regions: readonly string[] | undefined;
}

/** Whether what the aggregator has of a place is what there is. */
export interface SourceStatus {
  /** `SUCCEEDED`, `FAILED` or `OUTDATED`. */
  readonly status: string;
  readonly message?: string;
}

/** Statuses of an aggregator's sources. */
export interface Sources {
  /** Of the organisation as a whole, where it failed. */
  readonly organizationFailure: string | undefined;
  readonly places: ReadonlyMap<PlaceKey, SourceStatus>;
}

/** Rules of a place. Those that have no result yet are not among them: AWS Config does not list these. */
export interface RuleCount {
  /** Outside packs. */
  readonly plain: number;
  /** Inside conformance packs. */
  readonly packed: number;
  /** Of the names asked about, those that are in use outside packs. */
  readonly taken: readonly string[];
}

/** A conformance pack of a place. */
export interface PackState extends Place {
  readonly name: string;
  /** `COMPLIANT`, `NON_COMPLIANT` or `INSUFFICIENT_DATA`. */
  readonly compliance: string;
  /** Those without a result included. */
  readonly rules: number;
}

/** What can be read. Every method throws an Error with a message for people. */
export interface ConfigAggregatorReader {
  organizationAggregators(): Promise<Aggregator[]>;
  sources(aggregator: string): Promise<Sources>;
  /** Recorders that customers manage; there is one in a place at the most. */
  recorders(aggregator: string): Promise<Map<PlaceKey, Recorder>>;
  /** @param names that are asked about */
  ruleCounts(
    aggregator: string,
    names: ReadonlySet<string>,
    onProgress?: (read: number) => void,
  ): Promise<Map<PlaceKey, RuleCount>>;
  packs(aggregator: string, onProgress?: (read: number) => void): Promise<PackState[]>;
  /** How many resources of each type there are in a Region, in all accounts together. */
  resourceCounts(aggregator: string, region: string): Promise<Map<string, number>>;
}

/** The AWS Config of a Region that the standard AWS environment names. */
export function configClient(region: string): ConfigServiceClient {
  return new ConfigServiceClient({ region, ...CLIENT_SETTINGS });
}

/** What AWS Config adds to the name of a rule in a pack. https://docs.aws.amazon.com/config/latest/developerguide/compliance-history-conformance-pack.html */
const IN_PACK = /-conformance-pack-[a-z0-9]+$/;

/** Reads through a client, each call when the limiter lets it. */
export function configAggregatorReader(
  client: ConfigServiceClient,
  limiter: CallLimiter<ConfigOperation>,
): ConfigAggregatorReader {
  const call = serviceCalls(CONFIG, limiter);

  return {
    organizationAggregators: async () => {
      const aggregators = await readAll(CONFIG, async (token) => {
        const page = await call('DescribeConfigurationAggregators', () =>
          client.send(new DescribeConfigurationAggregatorsCommand({ Limit: PAGE_SIZE, ...tokenOf(token) })),
        );
        return { items: page.ConfigurationAggregators ?? [], nextToken: page.NextToken };
      });
      return aggregators.flatMap(({ ConfigurationAggregatorName: name, OrganizationAggregationSource: source }) =>
        name === undefined || source === undefined
          ? []
          : [{ name, regions: source.AllAwsRegions ? undefined : (source.AwsRegions ?? []) }],
      );
    },
    sources: async (aggregator) => {
      const places = new Map<PlaceKey, SourceStatus>();
      let organizationFailure: string | undefined;
      await forEachItem(
        CONFIG,
        async (token) => {
          const page = await call('DescribeConfigurationAggregatorSourcesStatus', () =>
            client.send(
              new DescribeConfigurationAggregatorSourcesStatusCommand({
                ConfigurationAggregatorName: aggregator,
                Limit: PAGE_SIZE,
                ...tokenOf(token),
              }),
            ),
          );
          return { items: page.AggregatedSourceStatusList ?? [], nextToken: page.NextToken };
        },
        ({
          SourceType,
          SourceId = '',
          AwsRegion = '',
          LastUpdateStatus = 'UNKNOWN',
          LastErrorCode,
          LastErrorMessage,
        }) => {
          const message = LastErrorMessage ?? LastErrorCode;
          if (SourceType === 'ORGANIZATION') {
            if (LastUpdateStatus === 'FAILED') organizationFailure = message ?? 'no reason given';
            return;
          }
          places.set(placeKey({ account: SourceId, region: AwsRegion }), {
            status: LastUpdateStatus,
            ...(message === undefined ? {} : { message }),
          });
        },
      );
      return { organizationFailure, places };
    },
    recorders: async (aggregator) => {
      const recorders = new Map<PlaceKey, Recorder>();
      await forEachItem(
        CONFIG,
        async (token) => {
          const page = await call('SelectAggregateResourceConfig', () =>
            client.send(
              new SelectAggregateResourceConfigCommand({
                ConfigurationAggregatorName: aggregator,
                Expression: RECORDER_QUERY,
                Limit: PAGE_SIZE,
                ...tokenOf(token),
              }),
            ),
          );
          return { items: page.Results ?? [], nextToken: page.NextToken };
        },
        (row) => {
          const recorder = parseRecorder(row);
          if (recorder !== undefined) recorders.set(placeKey(recorder), recorder);
        },
      );
      return recorders;
    },
    ruleCounts: async (aggregator, names, onProgress = () => undefined) => {
      const counts = new Map<PlaceKey, { plain: number; packed: number; taken: string[] }>();
      await forEachItem(
        CONFIG,
        async (token) => {
          const page = await call('DescribeAggregateComplianceByConfigRules', () =>
            client.send(
              new DescribeAggregateComplianceByConfigRulesCommand({
                ConfigurationAggregatorName: aggregator,
                Limit: RULE_PAGE_SIZE,
                ...tokenOf(token),
              }),
            ),
          );
          const items = page.AggregateComplianceByConfigRules ?? [];
          onProgress(items.length);
          return { items, nextToken: page.NextToken };
        },
        ({ AccountId = '', AwsRegion = '', ConfigRuleName = '' }) => {
          const key = placeKey({ account: AccountId, region: AwsRegion });
          const count = counts.get(key) ?? { plain: 0, packed: 0, taken: [] };
          counts.set(key, count);
          if (IN_PACK.test(ConfigRuleName)) {
            count.packed += 1;
            return;
          }
          count.plain += 1;
          if (names.has(ConfigRuleName)) count.taken.push(ConfigRuleName);
        },
      );
      for (const count of counts.values()) count.taken.sort();
      return counts;
    },
    packs: async (aggregator, onProgress = () => undefined) => {
      const packs: PackState[] = [];
      await forEachItem(
        CONFIG,
        async (token) => {
          const page = await call('DescribeAggregateComplianceByConformancePacks', () =>
            client.send(
              new DescribeAggregateComplianceByConformancePacksCommand({
                ConfigurationAggregatorName: aggregator,
                Limit: PAGE_SIZE,
                ...tokenOf(token),
              }),
            ),
          );
          const items = page.AggregateComplianceByConformancePacks ?? [];
          onProgress(items.length);
          return { items, nextToken: page.NextToken };
        },
        ({ ConformancePackName = '', AccountId = '', AwsRegion = '', Compliance }) =>
          packs.push({
            name: ConformancePackName,
            account: AccountId,
            region: AwsRegion,
            compliance: Compliance?.ComplianceType ?? 'UNKNOWN',
            rules: Compliance?.TotalRuleCount ?? 0,
          }),
      );
      return packs;
    },
    resourceCounts: async (aggregator, region) => {
      const counts = new Map<string, number>();
      await forEachItem(
        CONFIG,
        async (token) => {
          const page = await call('GetAggregateDiscoveredResourceCounts', () =>
            client.send(
              new GetAggregateDiscoveredResourceCountsCommand({
                ConfigurationAggregatorName: aggregator,
                Filters: { Region: region },
                GroupByKey: 'RESOURCE_TYPE',
                Limit: RULE_PAGE_SIZE,
                ...tokenOf(token),
              }),
            ),
          );
          return { items: page.GroupedResourceCounts ?? [], nextToken: page.NextToken };
        },
        ({ GroupName = '', ResourceCount = 0 }) => counts.set(GroupName, ResourceCount),
      );
      return counts;
    },
  };
}
