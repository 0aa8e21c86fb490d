/** Finds the aggregator of an organisation, and reads what it knows. */
import type { AggregatorFacts } from './plan-facts.ts';
import type { Aggregator, ConfigAggregatorReader } from './config-aggregator-reader.ts';
import { type Known, known, tryToRead, unknown } from './known.ts';

/**
 * The aggregator of the whole organisation that collects from most of the Regions; the first by name of several.
 *
 * @param place for people: where it was looked for
 */
export async function findAggregator(
  reader: Pick<ConfigAggregatorReader, 'organizationAggregators'>,
  regions: readonly string[],
  place: string,
): Promise<Known<Aggregator>> {
  const aggregators = await tryToRead(() => reader.organizationAggregators());
  if (!aggregators.known) return aggregators;
  const covered = (aggregator: Aggregator) =>
    regions.filter((region) => aggregator.regions === undefined || aggregator.regions.includes(region)).length;
  const [best] = [...aggregators.value].sort((a, b) => covered(b) - covered(a) || (a.name < b.name ? -1 : 1));
  return best === undefined ? unknown(`${place} has no aggregator of AWS Config for the organisation`) : known(best);
}

/** Reads everything in parallel; each part may be missing for itself. */
export async function readAggregatorFacts(
  reader: ConfigAggregatorReader,
  aggregator: Aggregator,
  regions: readonly string[],
  ruleNames: ReadonlySet<string>,
  onProgress: (read: number) => void,
): Promise<AggregatorFacts> {
  const { name } = aggregator;
  const [sources, recorders, rules, packs, resources] = await Promise.all([
    tryToRead(() => reader.sources(name)),
    tryToRead(() => reader.recorders(name)),
    tryToRead(() => reader.ruleCounts(name, ruleNames, onProgress)),
    tryToRead(() => reader.packs(name, onProgress)),
    tryToRead(async () => {
      const counts = await Promise.all(
        regions.map(async (region) => [region, await reader.resourceCounts(name, region)] as const),
      );
      return new Map(counts);
    }),
  ]);
  return { aggregator, sources, recorders, rules, packs, resources };
}
