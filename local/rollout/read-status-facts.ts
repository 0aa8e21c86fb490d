/** Reads everything that a status is made of. Pure but for the readers: no SDK, clock or terminal. */
import type { Configuration } from '../../portfolio/configuration.ts';
import type { Rollout } from '../../stacksets/rollout-configuration.ts';
import type { Organization } from '../organization/organization.ts';
import { findAggregator } from './aggregator-facts.ts';
import type { ConfigAggregatorReader } from './config-aggregator-reader.ts';
import { type Known, tryToRead, unknown } from './known.ts';
import { managementStacks } from './management-stacks.ts';
import type { StackSetReader } from './stack-set-reader.ts';
import { expectedStackSets, hubAccount, type ManagementStack, type StackSetFacts, type StatusFacts } from './status.ts';

export interface StatusReaders {
  readonly stackSets: StackSetReader;
  readonly config: ConfigAggregatorReader;
  /** Reads the plain stacks of a Region. */
  readonly stacksIn: (region: string) => Pick<StackSetReader, 'stack'>;
  readonly hasPackFinding: () => Promise<boolean>;
}

export interface StatusQuestion {
  readonly configuration: Configuration;
  readonly rollout: Rollout;
  readonly organization: Organization;
  /** The account of the credentials. */
  readonly caller: Known<string>;
  /** For people: where an aggregator is looked for. */
  readonly aggregatorPlace: string;
  /** Told how many items each answer has brought. */
  readonly onProgress?: (read: number) => void;
}

/** Never throws: what could not be read is unknown, with the reason. */
export async function readStatusFacts(readers: StatusReaders, question: StatusQuestion): Promise<StatusFacts> {
  const { configuration, rollout, organization, onProgress = () => undefined } = question;
  const expected = expectedStackSets(configuration, rollout, organization);
  const [stackSets, stacks, aggregator, packFindings] = await Promise.all([
    Promise.all(
      expected.map(
        async ({ name }) => [name, await tryToRead(() => readStackSet(readers.stackSets, name, onProgress))] as const,
      ),
    ),
    readManagementStacks(readers.stacksIn, question),
    readPacks(readers.config, question, onProgress),
    readPackFindings(readers.hasPackFinding, question),
  ]);
  return { organization, stackSets: new Map(stackSets), managementStacks: stacks, aggregator, packFindings };
}

async function readStackSet(
  reader: StackSetReader,
  name: string,
  onProgress: (read: number) => void,
): Promise<StackSetFacts> {
  const stackSet = await reader.stackSet(name);
  if (stackSet === undefined) return { stackSet, instances: [], operations: [], failures: [] };
  const [instances, operations] = await Promise.all([reader.instances(name, onProgress), reader.operations(name)]);
  const [last] = operations;
  const failures = last === undefined || last.status === 'QUEUED' ? [] : await reader.failures(name, last.id);
  return { stackSet, instances, operations, failures };
}

async function readManagementStacks(
  stacksIn: StatusReaders['stacksIn'],
  { configuration, rollout, organization, caller }: StatusQuestion,
): Promise<ManagementStack[]> {
  const isManagement = caller.known && caller.value === organization.managementAccountId;
  return Promise.all(
    managementStacks(configuration, rollout).map(async ({ name, region }) => ({
      name,
      region,
      stack: isManagement
        ? await tryToRead(() => stacksIn(region).stack(name))
        : unknown(`only credentials of the management account ${organization.managementAccountId} can tell`),
    })),
  );
}

async function readPacks(
  reader: ConfigAggregatorReader,
  { rollout, aggregatorPlace }: StatusQuestion,
  onProgress: (read: number) => void,
): Promise<StatusFacts['aggregator']> {
  if (rollout.configRules.rendering !== 'conformance-packs') {
    return unknown('rules are rolled out one by one, without packs');
  }
  const found = await findAggregator(reader, rollout.regions, aggregatorPlace);
  if (!found.known) return found;
  const { name } = found.value;
  const [sources, packs] = await Promise.all([
    tryToRead(() => reader.sources(name)),
    tryToRead(() => reader.packs(name, onProgress)),
  ]);
  return { known: true, value: { aggregator: found.value, sources, packs } };
}

async function readPackFindings(
  hasPackFinding: () => Promise<boolean>,
  { configuration, rollout, organization, caller }: StatusQuestion,
): Promise<Known<boolean>> {
  if (rollout.configRules.rendering !== 'conformance-packs') return { known: true, value: false };
  const hub = hubAccount(configuration, organization);
  if (hub === undefined) return unknown('Security Hub has no delegated administrator');
  if (!caller.known) return caller;
  if (caller.value !== hub) return unknown(`only credentials of the hub account ${hub} can tell`);
  return tryToRead(hasPackFinding);
}
