/** Reads everything that a plan is made of. Pure but for the readers: no SDK, clock or terminal. */
import type { Rollout } from '../../stacksets/rollout-configuration.ts';
import { STACK_SETS } from '../../stacksets/names.ts';
import type { Organization } from '../organization/organization.ts';
import { type ReadRegions, isOptIn, type RegionStatuses } from './account-regions-reader.ts';
import { findAggregator, readAggregatorFacts } from './aggregator-facts.ts';
import type { ConfigAggregatorReader } from './config-aggregator-reader.ts';
import { type Known, tryToRead } from './known.ts';
import type { PlanFacts } from './plan-facts.ts';
import { rolloutAccounts } from './rollout-accounts.ts';
import { recorderPlaces, type RolloutContent } from './rollout-content.ts';
import type { StackInstance, StackSetReader } from './stack-set-reader.ts';

export interface PlanReaders {
  readonly stackSets: StackSetReader;
  readonly config: ConfigAggregatorReader;
  readonly regions: ReadRegions;
}

export interface PlanQuestion {
  readonly rollout: Rollout;
  readonly content: RolloutContent;
  readonly organization: Organization;
  /** The account of the credentials. */
  readonly caller: Known<string>;
  /** For people: where an aggregator is looked for. */
  readonly aggregatorPlace: string;
  /** Told how many items each answer has brought. */
  readonly onProgress?: (read: number) => void;
}

/** Never throws for what can be done without: that is unknown then, with the reason. */
export async function readPlanFacts(readers: PlanReaders, question: PlanQuestion): Promise<PlanFacts> {
  const { rollout, content, organization, onProgress = () => undefined } = question;
  const [stackSetAccess, instances, regions, aggregator] = await Promise.all([
    tryToRead(() => readers.stackSets.organizationsAccess()),
    readInstances(readers.stackSets, rollout, onProgress),
    readRegions(readers.regions, question, onProgress),
    readAggregator(readers.config, rollout, content, question.aggregatorPlace, onProgress),
  ]);
  return { organization, stackSetAccess, instances, regions, aggregator };
}

async function readInstances(
  reader: StackSetReader,
  rollout: Rollout,
  onProgress: (read: number) => void,
): Promise<PlanFacts['instances']> {
  const names = [STACK_SETS.configRules, ...recorderPlaces(rollout).map(({ stackSet }) => stackSet)];
  return tryToRead(async () => {
    const present = new Set(await reader.stackSetNames());
    const lists = await Promise.all(
      names
        .filter((name) => present.has(name))
        .map(async (name) => [name, await reader.instances(name, onProgress)] as const),
    );
    return new Map<string, readonly StackInstance[]>(lists);
  });
}

/** Only the accounts that are rolled out to, and only where the answer is not known beforehand. */
async function readRegions(
  read: ReadRegions,
  { rollout, organization, caller }: PlanQuestion,
  onProgress: (read: number) => void,
): Promise<PlanFacts['regions']> {
  const statuses = new Map<string, Known<RegionStatuses>>();
  if (!rollout.regions.some(isOptIn)) return statuses;
  const own = caller.known ? caller.value : undefined;
  const accounts = rolloutAccounts(organization, rollout).filter(({ leftOut }) => leftOut === undefined);

  async function readOne(id: string): Promise<Known<RegionStatuses>> {
    const answer = await tryToRead(() => read(id === own ? undefined : id));
    onProgress(1);
    statuses.set(id, answer);
    return answer;
  }

  // About itself any account may ask, and nobody else about the management account: these answers say nothing of the others.
  const isSpecial = ({ id }: { readonly id: string }) => id === own || id === organization.managementAccountId;
  const [first, ...others] = accounts.filter((account) => !isSpecial(account));
  const answer = first === undefined ? undefined : await readOne(first.id);
  // Where the first one is refused, so would be the other hundreds.
  if (answer?.known === false) for (const { id } of others) statuses.set(id, answer);
  else await inParallel(others, async ({ id }) => void (await readOne(id)));
  for (const { id } of accounts.filter(isSpecial)) await readOne(id);
  return statuses;
}

/** Questions under way at a time: enough to use up the rate whatever the latency, few enough to stop soon. */
const AT_A_TIME = 10;

async function inParallel<Item>(items: readonly Item[], work: (item: Item) => Promise<void>): Promise<void> {
  const queue = items.values();
  await Promise.all(
    Array.from({ length: AT_A_TIME }, async () => {
      for (const item of queue) await work(item);
    }),
  );
}

async function readAggregator(
  reader: ConfigAggregatorReader,
  { regions }: Rollout,
  { rules }: RolloutContent,
  place: string,
  onProgress: (read: number) => void,
): Promise<PlanFacts['aggregator']> {
  const found = await findAggregator(reader, regions, place);
  if (!found.known) return found;
  const names = new Set(rules.map(({ name }) => name));
  return { known: true, value: await readAggregatorFacts(reader, found.value, regions, names, onProgress) };
}
