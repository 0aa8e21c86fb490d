/**
 * ATT&CK Navigator's layer format 4.5 as a JSON schema: its tables of properties, which are published as prose. Stricter in
 * one thing: properties that it does not name are refused.
 * https://github.com/mitre-attack/attack-navigator/blob/master/layers/spec/v4.5/layerformat.md
 */
import assert from 'node:assert/strict';
import { Ajv } from 'ajv';

const text = { type: 'string' };
const flag = { type: 'boolean' };
const colour = { type: 'string', pattern: '^#[0-9a-fA-F]{6}$' };

function object(properties: Record<string, object>, required: readonly string[] = []): object {
  return { type: 'object', properties, required, additionalProperties: false };
}
const list = (items: object) => ({ type: 'array', items });
const orDivider = (item: object) => list({ anyOf: [item, object({ divider: flag }, ['divider'])] });
const metadata = orDivider(object({ name: text, value: text }, ['name', 'value']));
const links = orDivider(object({ label: text, url: { type: 'string', pattern: '^[a-z]+://' } }, ['label', 'url']));

const technique = object(
  {
    techniqueID: { type: 'string', pattern: '^T\\d{4}(\\.\\d{3})?$' },
    tactic: text,
    comment: text,
    enabled: flag,
    score: { type: 'number' },
    color: colour,
    metadata,
    links,
    showSubtechniques: flag,
  },
  ['techniqueID'],
);

const layer = object(
  {
    versions: object(
      {
        attack: { type: 'string', pattern: '^\\d+$' },
        navigator: { type: 'string', pattern: '^(4\\.9|4\\.\\d{2,}|[5-9])\\.' },
        layer: { const: '4.5' },
      },
      ['navigator', 'layer'],
    ),
    name: text,
    description: text,
    domain: { enum: ['enterprise-attack', 'mobile-attack', 'ics-attack'] },
    customDataURL: text,
    filters: object({ platforms: list(text) }),
    sorting: { enum: [0, 1, 2, 3] },
    layout: object({
      layout: { enum: ['side', 'flat', 'mini'] },
      showID: flag,
      showName: flag,
      showAggregateScores: flag,
      countUnscored: flag,
      aggregateFunction: { enum: ['average', 'min', 'max', 'sum'] },
      expandedSubtechniques: { enum: ['none', 'all', 'annotated'] },
    }),
    hideDisabled: flag,
    techniques: list(technique),
    gradient: object(
      { colors: { ...list(text), minItems: 2 }, minValue: { type: 'number' }, maxValue: { type: 'number' } },
      ['colors', 'minValue', 'maxValue'],
    ),
    legendItems: list(object({ label: text, color: colour }, ['label', 'color'])),
    showTacticRowBackground: flag,
    tacticRowBackground: colour,
    selectTechniquesAcrossTactics: flag,
    selectSubtechniquesWithParent: flag,
    selectVisibleTechniques: flag,
    metadata,
    links,
  },
  ['versions', 'name', 'domain'],
);

const isLayer = new Ajv({ allErrors: true, strict: true }).compile(layer);

/** Fails, and says where, unless the value is a layer of format 4.5. */
export function assertLayer(value: unknown): void {
  assert.ok(isLayer(value), JSON.stringify(isLayer.errors));
}
