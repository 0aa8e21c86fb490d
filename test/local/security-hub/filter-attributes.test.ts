import assert from 'node:assert/strict';
import { AwsSecurityFinding$, AwsSecurityFindingFilters$ } from '@aws-sdk/client-securityhub';
import { FILTER_ATTRIBUTES, valuesAt } from '../../../local/security-hub/filter-attributes.ts';

/** The members of a structure of the API model, by name; a list counts as its items. */
function membersOf(type: unknown): ReadonlyMap<string, unknown> {
  const shape: unknown = typeof type === 'function' ? (type as () => unknown)() : type;
  if (!Array.isArray(shape)) return new Map();
  if (shape[0] === 1) return membersOf(shape[4]);
  const names = shape[0] === 3 ? (shape[4] as readonly string[]) : [];
  return new Map(names.map((name, index) => [name, (shape[5] as readonly unknown[])[index]]));
}

describe('FILTER_ATTRIBUTES', () => {
  it('has every filter of the API model, of the right kind', () => {
    const model = [...membersOf(AwsSecurityFindingFilters$)].map(([name, list]) => {
      const [, , listName] = (list as () => readonly unknown[])();
      return [name, String(listName).replace('FilterList', '')];
    });
    const ours = [...FILTER_ATTRIBUTES].map(([name, { kind }]) => [name, kind]);

    assert.deepEqual(ours.sort(), model.sort());
  });

  it('points at attributes that findings have', () => {
    const lost = [...FILTER_ATTRIBUTES].filter(([, { path }]) => {
      let type: unknown = AwsSecurityFinding$;
      return path.some((name) => {
        const members = membersOf(type);
        type = members.get(name);
        return !members.has(name);
      });
    });

    assert.deepEqual(lost, []);
  });
});

describe('valuesAt', () => {
  it('follows members and fans out over lists', () => {
    const finding = { Resources: [{ Tags: { a: '1' } }, {}, { Tags: { a: '2' } }] };

    assert.deepEqual(valuesAt(finding, ['Resources', 'Tags', 'a']), ['1', '2']);
    assert.deepEqual(valuesAt(finding, ['Compliance', 'Status']), []);
  });
});
