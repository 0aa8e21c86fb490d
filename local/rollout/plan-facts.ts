/** What is read of AWS before a roll-out is planned. */
import type { Organization } from '../organization/organization.ts';
import type { RegionStatuses } from './account-regions-reader.ts';
import type { Aggregator, PackState, RuleCount, Sources } from './config-aggregator-reader.ts';
import type { Known } from './known.ts';
import type { PlaceKey } from './place.ts';
import type { Recorder } from './recorder.ts';
import type { StackInstance } from './stack-set-reader.ts';

export interface PlanFacts {
  readonly organization: Organization;
  /** `ENABLED` or another status, as CloudFormation says it. */
  readonly stackSetAccess: Known<string>;
  /** Where our stack sets are already, by their names; one that does not exist has none. */
  readonly instances: Known<ReadonlyMap<string, readonly StackInstance[]>>;
  /** Of the accounts that were asked: none where every Region of the roll-out is always enabled. */
  readonly regions: ReadonlyMap<string, Known<RegionStatuses>>;
  readonly aggregator: Known<AggregatorFacts>;
}

/** What an aggregator says. */
export interface AggregatorFacts {
  readonly aggregator: Aggregator;
  readonly sources: Known<Sources>;
  readonly recorders: Known<ReadonlyMap<PlaceKey, Recorder>>;
  readonly rules: Known<ReadonlyMap<PlaceKey, RuleCount>>;
  readonly packs: Known<readonly PackState[]>;
  /** By Region and resource type, all accounts together. */
  readonly resources: Known<ReadonlyMap<string, ReadonlyMap<string, number>>>;
}

/** What a managed rule looks at, from AWS's list. */
export interface RuleTrigger {
  readonly onChange: boolean;
  readonly periodic: boolean;
  readonly resourceTypes: readonly string[];
}

/** By rule name. */
export type RuleTriggers = ReadonlyMap<string, RuleTrigger>;
