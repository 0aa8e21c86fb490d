/**
 * A customer's own mappings: one YAML (or JSON) file that adds products, rules and links to the catalogue or overrides
 * ours, without touching our files. `docs/customer-mappings.md` is its manual.
 */
import { readFile } from 'node:fs/promises';
import { LineCounter, parseDocument } from 'yaml';
import { z } from 'zod';
import { TACTIC_ID, TECHNIQUE_ID } from '../lambda/core/attack.ts';
import {
  type AliasRow,
  type LinkRow,
  NOT_MAPPABLE_REASONS,
  PRODUCT_KEYS,
  type ProductRow,
  type RuleRow,
} from '../lambda/core/catalogue.ts';
import type { CatalogueTables } from './canonical-catalogue.ts';
import type { CatalogueProblem } from './catalogue-problem.ts';
import { inheritanceKey, inheritLinks } from './inherited-links.ts';

/** Longest rationale and advice, in characters: the same as in our own files. */
const LONGEST_RATIONALE = 300;
const LONGEST_ADVICE = 512;

const line = (longest: number) =>
  z
    .string()
    .trim()
    .min(1, 'The text is empty. Fill it in.')
    .max(longest, `The text is too long. Shorten it to ${longest} characters.`)
    .regex(/^\P{Cc}*$/u, 'The text has a line break or tab in it. Write it on one line.');
const id = (pattern: RegExp, example: string) =>
  z.string().regex(pattern, `This is no such id. Write one like ${example}.`);
const ruleName = z
  .string()
  .regex(/^[^:\s]+:\S(.*\S)?$/, 'This names no rule. Write <provider>:<rule key>, like config:restricted-ssh.');

const link = z.strictObject({
  technique: id(TECHNIQUE_ID, 'T1078 or T1078.004'),
  effect: z.enum(['protect', 'detect', 'respond']),
  score: z.enum(['minimal', 'partial', 'significant']),
  tactics: z.array(id(TACTIC_ID, 'TA0006')).default([]),
  rationale: line(LONGEST_RATIONALE),
});

const rule = z
  .strictObject({
    rule: ruleName,
    kind: z.enum(['posture', 'threat', 'vulnerability', 'data']).optional(),
    advice: z.strictObject({ en: line(LONGEST_ADVICE), es: line(LONGEST_ADVICE) }).optional(),
    links: z.array(link).min(1, 'The list is empty. Write notMappable with a reason instead.').optional(),
    addLinks: z.array(link).optional(),
    removeLinks: z.array(id(TECHNIQUE_ID, 'T1078 or T1078.004')).optional(),
    inherits: ruleName.optional(),
    notMappable: z.enum(NOT_MAPPABLE_REASONS).optional(),
    aliases: z.array(line(512)).optional(),
  })
  .refine(
    ({ links, addLinks, removeLinks, inherits, notMappable }) =>
      [links, inherits, notMappable, addLinks ?? removeLinks].filter((part) => part !== undefined).length <= 1,
    'The rule says several things at once. Give one of links, addLinks and removeLinks, inherits, notMappable.',
  );

const product = z
  .strictObject({
    product: z.string().regex(/^[^/\s]+\/[^/\s]+$/, 'This is no product. Write <company>/<product>, as in ProductArn.'),
    provider: z.string().regex(/^[^:\s]+$/, 'A provider has neither spaces nor colons in its name.'),
    name: line(200),
    key: z.enum(PRODUCT_KEYS).default('generator-id'),
    field: line(128).optional(),
    prefix: line(128).optional(),
    attackLabels: z.boolean().default(false),
  })
  .refine(({ key, field }) => (key === 'product-field') === (field !== undefined), {
    path: ['field'],
    error: 'Name the product field here where key is product-field, and only there.',
  });

const mappingFile = z.strictObject({
  version: z.literal(1, 'Write version: 1, the version of this format.'),
  products: z.array(product).default([]),
  rules: z.array(rule).default([]),
});

type RuleMapping = z.output<typeof rule>;

/** The content of a mapping file. */
export type CustomerMappings = z.output<typeof mappingFile> & {
  /** Called with each row that the mappings bring and the entry it comes from. */
  readonly placed: (row: object, rule: RuleMapping) => void;
};

/** A mapping file as read. `mappings` is undefined where it could not be. */
export interface MappingFile {
  readonly mappings: CustomerMappings | undefined;
  readonly problems: readonly CatalogueProblem[];
}

/**
 * Reads a mapping file. What is wrong in it comes back as problems with file, line and remedy.
 *
 * @param file path of a YAML or JSON file in UTF-8
 * @param place told of each row that {@link mergeMappings} makes of the file, with the line of its entry
 * @throws Error when the file cannot be read at all
 */
export async function readMappingFile(
  file: string,
  place: (row: object, at: { readonly file: string; readonly row: number }) => void,
): Promise<MappingFile> {
  const text = await readFile(file, 'utf8');
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false });
  const lineAt = (path: readonly PropertyKey[]): number => {
    for (let length = path.length; length > 0; length -= 1) {
      const node: unknown = document.getIn(path.slice(0, length), true);
      const range =
        typeof node === 'object' && node !== null && 'range' in node ? (node.range as number[] | null) : null;
      if (range?.[0] !== undefined) return lines.linePos(range[0]).line;
    }
    return 1;
  };

  if (document.errors.length > 0) {
    const problems = document.errors.map(({ message, pos }) => ({
      file,
      row: lines.linePos(pos[0]).line,
      column: null,
      message: `The file is not YAML: ${message}.`,
    }));
    return { mappings: undefined, problems };
  }
  // A document may name an anchor many times over; the catalogue needs none that grow like that.
  const parsed = mappingFile.safeParse(document.toJS({ maxAliasCount: 100 }));
  if (!parsed.success) {
    const problems = parsed.error.issues.map(({ path, message }) => ({
      file,
      row: lineAt(path),
      column: path.join('.') || null,
      message,
    }));
    return { mappings: undefined, problems };
  }
  const twice = parsed.data.rules.filter(
    (entry, index) => parsed.data.rules.findIndex((other) => other.rule === entry.rule) < index,
  );
  const problems = twice.map((entry) => ({
    file,
    row: lineAt(['rules', parsed.data.rules.indexOf(entry)]),
    column: 'rule',
    message: `${entry.rule} is there twice. Put both entries into one.`,
  }));
  const placed = (row: object, entry: RuleMapping) =>
    place(row, { file, row: lineAt(['rules', parsed.data.rules.indexOf(entry)]) });
  return { mappings: { ...parsed.data, placed }, problems };
}

/** Our tables with the customer's in them, and what does not go together. */
export interface MergedMappings {
  readonly tables: CatalogueTables;
  readonly problems: readonly { readonly row: object; readonly column: string; readonly message: string }[];
}

/**
 * The catalogue's own tables with the customer's in them. What the customer says of a rule replaces what we say of it;
 * `addLinks` and `removeLinks` change our links one by one. Rules that inherit from a changed rule change with it.
 *
 * @param tables as read from our files, before inheritance is written out
 */
export function mergeMappings(tables: CatalogueTables, mappings: CustomerMappings): MergedMappings {
  const products = new Map<string, ProductRow>(tables.products.map((row) => [row.product, row]));
  for (const entry of mappings.products) {
    products.set(entry.product, { ...entry, field: entry.field ?? null, prefix: entry.prefix ?? null });
  }

  const rules = new Map(tables.rules.map((row) => [inheritanceKey(row), row]));
  const written = inheritLinks(tables.rules, tables.links);
  const linksBefore = (key: string) => written.links.filter((row) => inheritanceKey(row) === key);
  const replaced = new Set<string>();
  const links: LinkRow[] = [];
  const aliases: AliasRow[] = [];
  const problems: MergedMappings['problems'][number][] = [];
  for (const entry of mappings.rules) {
    const known = rules.get(entry.rule);
    const row = ruleRow(
      entry,
      known,
      written.rules.find((other) => inheritanceKey(other) === entry.rule),
    );
    mappings.placed(row, entry);
    rules.set(entry.rule, row);
    if (known === undefined && entry.kind === undefined) {
      const message = 'The rule is new, so it needs a kind: posture, threat, vulnerability or data.';
      problems.push({ row, column: 'kind', message });
    }

    const own = entry.links ?? entry.addLinks ?? [];
    const newLinks = own.map((added) => linkRow(row, added));
    const named = new Set([...own.map(({ technique }) => technique), ...(entry.removeLinks ?? [])]);
    const kept =
      entry.addLinks === undefined && entry.removeLinks === undefined
        ? []
        : linksBefore(entry.rule).filter(({ techniqueId }) => !named.has(techniqueId));
    for (const techniqueId of entry.removeLinks ?? []) {
      if (linksBefore(entry.rule).some((before) => before.techniqueId === techniqueId)) continue;
      problems.push({
        row,
        column: 'removeLinks',
        message: `The rule has no link to ${techniqueId}. Take it out here.`,
      });
    }
    if (changesLinks(entry)) {
      replaced.add(entry.rule);
      for (const added of [...newLinks, ...kept.map((before) => ({ ...before }))]) {
        mappings.placed(added, entry);
        links.push(added);
      }
    }
    for (const alias of entry.aliases ?? []) {
      const added: AliasRow = { provider: row.provider, alias, ruleKey: row.ruleKey, meaning: 'same' };
      mappings.placed(added, entry);
      aliases.push(added);
    }
  }
  const linked = new Set(links.map(({ techniqueId }) => techniqueId));
  const merged = {
    ...tables,
    unlinkedTechniques: tables.unlinkedTechniques.filter(({ techniqueId }) => !linked.has(techniqueId)),
    products: [...products.values()],
    rules: [...rules.values()],
    aliases: [...tables.aliases, ...aliases],
    links: [...tables.links.filter((row) => !replaced.has(inheritanceKey(row))), ...links],
  };
  return { tables: merged, problems };
}

function changesLinks({ links, addLinks, removeLinks, inherits, notMappable }: RuleMapping): boolean {
  return [links, addLinks, removeLinks, inherits, notMappable].some((part) => part !== undefined);
}

/**
 * @param known our rule of that name
 * @param written the same with what it inherits written out
 */
function ruleRow(entry: RuleMapping, known: RuleRow | undefined, written: RuleRow | undefined): RuleRow {
  const colon = entry.rule.indexOf(':');
  const changes = changesLinks(entry);
  return {
    provider: entry.rule.slice(0, colon),
    ruleKey: entry.rule.slice(colon + 1),
    kind: entry.kind ?? known?.kind ?? 'posture',
    status: known?.status ?? 'active',
    notMappable: changes ? (entry.notMappable ?? null) : (known?.notMappable ?? null),
    inherits: changes ? (entry.inherits ?? null) : (known?.inherits ?? null),
    adviceEn: entry.advice?.en ?? written?.adviceEn ?? null,
    adviceEs: entry.advice?.es ?? written?.adviceEs ?? null,
  };
}

function linkRow({ provider, ruleKey }: RuleRow, added: z.output<typeof link>): LinkRow {
  return {
    provider,
    ruleKey,
    techniqueId: added.technique,
    effect: added.effect,
    score: added.score,
    tacticIds: added.tactics,
    rationale: added.rationale,
    source: 'customer',
  };
}
