import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { parse } from 'yaml';
import type { z } from 'zod';
import { parseConfiguration } from '../../lambda/adapters/remediation-configuration.ts';
import { configurationSchema } from '../../lambda/remediation/configuration.ts';

const DOCS = path.join(import.meta.dirname, '../../docs');
const example = readFileSync(path.join(DOCS, 'remediation-example.yaml'), 'utf8');
const page = readFileSync(path.join(DOCS, 'remediation.md'), 'utf8');
const defaults = configurationSchema.parse({ version: 1, breakGlass: [] });

describe('the example of a configuration of remediation', () => {
  const written = parse(example) as Record<string, unknown>;

  it('is one that remediation takes, with actions that there are', () => {
    assert.equal(parseConfiguration(example).version, 1);
  });

  it('names every key', () => {
    assert.deepEqual(Object.keys(written).sort(), Object.keys(configurationSchema.shape).sort());
    for (const part of ['limits', 'approval', 'standard'] as const) {
      assert.deepEqual(leaves(written[part]).sort(), keysOf(configurationSchema.shape[part]), part);
    }
    for (const part of ['assignments', 'exceptions'] as const) {
      const each = written[part] as object[];
      const element = configurationSchema.shape[part].def.innerType.element;
      assert.deepEqual([...new Set(each.flatMap((one) => Object.keys(one)))].sort(), keysOf(element), part);
    }
  });

  it('has the defaults of the schema where there are any', () => {
    for (const part of ['limits', 'approval', 'standard'] as const) {
      const read = values(written[part]);
      for (const [key, value] of values(defaults[part])) assert.equal(read.get(key), value, `${part}.${key}`);
    }
  });
});

describe('the page of remediation', () => {
  it('has every key of the standard in its table, with its default', () => {
    const [, section = ''] = page.split('\n## The standard\n');
    const rows = [...(section.split('\n## ')[0] ?? '').matchAll(/^\| `([\w.]+)` \| ([^|]+) \|/gm)];
    const wanted = values(defaults.standard);

    assert.deepEqual(
      Object.fromEntries(rows.map(([, key, value]) => [key, asJson(value)])),
      Object.fromEntries(
        keysOf(configurationSchema.shape.standard).map((key) => [
          key,
          wanted.has(key) ? JSON.stringify(wanted.get(key)) : 'none',
        ]),
      ),
    );
  });
});

/** What a cell says: a number or yes and no as they are, a text without its quotes. */
function asJson(cell = ''): string {
  const value = cell.replaceAll('`', '');
  return value === 'none' || /^(?:\d+|true|false)$/.test(value) ? value : JSON.stringify(value);
}

/** Paths of the values, such as `passwordPolicy.minimumLength`. */
function leaves(value: unknown): string[] {
  return [...values(value).keys()];
}

function values(value: unknown, at: readonly string[] = []): ReadonlyMap<string, unknown> {
  if (typeof value !== 'object' || value === null) return new Map([[at.join('.'), value]]);
  return new Map(Object.entries(value).flatMap(([key, each]) => [...values(each, [...at, key])]));
}

/** Paths of what a schema knows, with and without a default, in order. */
function keysOf(schema: z.core.$ZodType, at: readonly string[] = []): string[] {
  const { innerType, shape } = schema._zod.def as {
    readonly innerType?: z.core.$ZodType;
    readonly shape?: Readonly<Record<string, z.core.$ZodType>>;
  };
  if (shape)
    return Object.entries(shape)
      .flatMap(([key, each]) => keysOf(each, [...at, key]))
      .sort();
  return innerType ? keysOf(innerType, at) : [at.join('.')];
}
