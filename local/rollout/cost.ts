/**
 * What AWS Config would charge for a roll-out in a month, roughly. Not in it: what the recorders that are there cost already,
 * S3, taxes, discounts, and corrections.
 */
import type { ConfigRule } from '../../stacksets/config-rule.ts';
import type { Known } from './known.ts';
import type { RuleTriggers } from './plan-facts.ts';

/**
 * Prices in USD, before tax. Evaluations of rules and of rules in packs cost the same, in tiers for each Region over all
 * accounts of the bill.
 *
 * Source: https://aws.amazon.com/config/pricing/, price list of 1 April 2025 (AmazonConfig, commercial Regions)
 */
export const PRICES = {
  asOf: '2025-04-01',
  source: 'https://aws.amazon.com/config/pricing/',
  evaluationTiers: [
    { upTo: 100_000, price: 0.001 },
    { upTo: 500_000, price: 0.0008 },
    { upTo: Infinity, price: 0.0005 },
  ],
  configurationItem: 0.003,
} as const;

/** What nobody can read out of AWS beforehand. Each is a guess to be replaced by one's own. */
export const ASSUMPTIONS = {
  /** Times a month that a rule which runs by the clock looks at each of its resources: once a day, as we set none faster. */
  periodicRunsPerMonth: 30,
  /** Changes of a resource in a month, each of which has the rules on its type look again. */
  changesPerResource: 2,
  /** Resources that one rule looks at in an account and Region, where no aggregator has counted them. */
  resourcesPerRule: 5,
  /** Share of the resources whose compliance changes in a month: AWS Config writes an item of `ResourceCompliance` each time. */
  complianceChanges: 0.1,
  /** Items that a new recorder writes in a month, beyond the inventory of its first day. */
  itemsPerNewRecorder: 500,
} as const;

/** A Region of the roll-out. */
export interface CostRegion {
  readonly region: string;
  readonly rules: readonly ConfigRule[];
  /** Accounts that get them. */
  readonly places: number;
  readonly newRecorders: number;
}

export interface CostInput {
  readonly regions: readonly CostRegion[];
  readonly triggers: RuleTriggers;
  /** By Region and resource type, all accounts of the aggregator together. */
  readonly resources: Known<ReadonlyMap<string, ReadonlyMap<string, number>>>;
}

export interface CostEstimate {
  readonly currency: 'USD';
  readonly estimate: true;
  readonly perMonth: number;
  readonly evaluations: { readonly count: number; readonly cost: number };
  readonly configurationItems: { readonly count: number; readonly cost: number };
  readonly regions: readonly {
    readonly region: string;
    readonly places: number;
    readonly evaluations: number;
    readonly cost: number;
  }[];
  /** Where the numbers of resources come from; `partly-counted`: counted in some Regions. */
  readonly basis: 'counted' | 'partly-counted' | 'assumed';
  readonly prices: { readonly asOf: string; readonly source: string };
  /** For people. */
  readonly assumptions: readonly string[];
}

/** Estimates the cost of a usual month; the first one has every resource looked at once more. */
export function estimateCost({ regions, triggers, resources }: CostInput): CostEstimate {
  const estimates = regions.map((region) => estimateRegion(region, triggers, resources));
  const sum = (pick: (estimate: RegionEstimate) => number) =>
    estimates.reduce((total, estimate) => total + pick(estimate), 0);
  const evaluationCost = sum(({ evaluationCost: cost }) => cost);
  const items = sum((estimate) => estimate.items);
  const itemCost = items * PRICES.configurationItem;
  const basis = !estimates.some(({ counted }) => counted)
    ? 'assumed'
    : estimates.every(({ counted }) => counted)
      ? 'counted'
      : 'partly-counted';
  return {
    currency: 'USD',
    estimate: true,
    perMonth: cents(evaluationCost + itemCost),
    evaluations: { count: Math.round(sum(({ evaluations }) => evaluations)), cost: cents(evaluationCost) },
    configurationItems: { count: Math.round(items), cost: cents(itemCost) },
    regions: estimates.map(({ region, places, evaluations, evaluationCost: cost, items: written }) => ({
      region,
      places,
      evaluations: Math.round(evaluations),
      cost: cents(cost + written * PRICES.configurationItem),
    })),
    basis,
    prices: { asOf: PRICES.asOf, source: PRICES.source },
    assumptions: assumptionLines(resources, estimates),
  };
}

interface RegionEstimate {
  readonly region: string;
  readonly places: number;
  readonly evaluations: number;
  readonly evaluationCost: number;
  readonly items: number;
  readonly counted: boolean;
}

function estimateRegion(
  { region, rules, places, newRecorders }: CostRegion,
  triggers: RuleTriggers,
  resources: CostInput['resources'],
): RegionEstimate {
  const counted = resources.known ? resources.value.get(region) : undefined;
  // An aggregator that has nothing of a Region has not counted it.
  const counts = counted === undefined || counted.size === 0 ? undefined : counted;
  let evaluations = 0;
  const types = new Set<string>();
  for (const { name } of rules) {
    const trigger = triggers.get(name) ?? { onChange: true, periodic: false, resourceTypes: [] };
    // A rule on no type is about the account.
    const seen =
      trigger.resourceTypes.length === 0
        ? places
        : (countOf(trigger.resourceTypes, counts) ?? places * ASSUMPTIONS.resourcesPerRule);
    for (const type of trigger.resourceTypes) types.add(type);
    const runs =
      (trigger.periodic ? ASSUMPTIONS.periodicRunsPerMonth : 0) +
      (trigger.onChange ? ASSUMPTIONS.changesPerResource : 0);
    evaluations += places === 0 ? 0 : seen * runs;
  }
  const looked = countOf([...types], counts) ?? places * types.size * ASSUMPTIONS.resourcesPerRule;
  const compliance = looked * ASSUMPTIONS.complianceChanges;
  return {
    region,
    places,
    evaluations,
    evaluationCost: tieredCost(evaluations),
    items: (places === 0 ? 0 : compliance) + newRecorders * ASSUMPTIONS.itemsPerNewRecorder,
    counted: counts !== undefined,
  };
}

function countOf(types: readonly string[], counts: ReadonlyMap<string, number> | undefined): number | undefined {
  if (counts === undefined) return undefined;
  return types.reduce((total, type) => total + (counts.get(type) ?? 0), 0);
}

/** What evaluations of a Region cost, tier by tier. */
export function tieredCost(evaluations: number): number {
  let cost = 0;
  let from = 0;
  for (const { upTo, price } of PRICES.evaluationTiers) {
    cost += Math.max(0, Math.min(evaluations, upTo) - from) * price;
    from = upTo;
  }
  return cost;
}

function assumptionLines(resources: CostInput['resources'], estimates: readonly RegionEstimate[]): string[] {
  const { periodicRunsPerMonth, changesPerResource, resourcesPerRule, complianceChanges, itemsPerNewRecorder } =
    ASSUMPTIONS;
  const counted = estimates.filter((estimate) => estimate.counted).map(({ region }) => region);
  const assumed = estimates.filter((estimate) => !estimate.counted).map(({ region }) => region);
  return [
    ...(counted.length > 0
      ? [`Resources are counted by the aggregator in all accounts, targets or not: ${counted.join(', ')}.`]
      : []),
    ...(assumed.length > 0
      ? [
          `Each rule looks at ${resourcesPerRule} resources in an account, since no aggregator has counted them: ${assumed.join(', ')}` +
            `${resources.known ? '' : ` (${resources.reason})`}.`,
        ]
      : []),
    `Each resource changes ${changesPerResource} times a month; rules that run by the clock look ${periodicRunsPerMonth} times.`,
    `${complianceChanges * 100} % of the resources change their compliance in a month, a configuration item each.`,
    `A new recorder writes ${itemsPerNewRecorder} configuration items a month. What existing recorders cost already is not in it.`,
    `Prices of ${PRICES.asOf}, ${PRICES.source}, before tax and discounts, all accounts on one bill.`,
    'In the first month every rule looks at every resource once more.',
  ];
}

function cents(amount: number): number {
  return Math.round(amount * 100) / 100;
}
