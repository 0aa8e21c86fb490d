import assert from 'node:assert/strict';
import { MAX_SESSION_POLICY } from '../../../lambda/remediation/member-session.ts';
import { serves } from '../../../lambda/remediation/action.ts';
import { ACTIONS } from '../../../lambda/remediation/actions.ts';
import { readCatalogueFiles } from '../../../sql/catalogue-files.ts';
import { readFile } from 'node:fs/promises';

/** Rules that the catalogue knows without a technique: they come in where a customer's own mapping gives them one. */
const UNMAPPED = ['config cmk-backing-key-rotation-enabled', 'securityhub KMS.4'];

describe('the actions', () => {
  it('have ids that are unique, stable to name, and in order', () => {
    const ids = ACTIONS.map(({ id }) => id);

    assert.deepEqual(ids, [...new Set(ids)].sort());
    assert.ok(ids.every((id) => /^[a-z0-9]+(-[a-z0-9]+)*$/.test(id)));
    assert.ok(ids.length >= 20);
  });

  it('answer rules that the catalogue knows, with at least one technique that they serve', async () => {
    const { rows, problems } = await readCatalogueFiles();
    assert.deepEqual(problems, []);
    const { rules, links } = rows;
    const wrong: string[] = [];
    for (const action of ACTIONS) {
      for (const [provider, keys] of Object.entries(action.rules)) {
        for (const key of keys) {
          const isKnown = rules.some((rule) => rule.provider === provider && rule.ruleKey === key);
          const isServed = links.some(
            (link) => link.provider === provider && link.ruleKey === key && serves(action, link.techniqueId),
          );
          if (!isKnown) wrong.push(`${action.id}: no rule ${provider} ${key}`);
          else if (!isServed && !UNMAPPED.includes(`${provider} ${key}`)) {
            wrong.push(`${action.id}: serves no technique of ${provider} ${key}`);
          }
        }
      }
    }
    assert.deepEqual(wrong, []);
  });

  it('answer findings of AWS itself only: of any other product an account can import what it likes', () => {
    const providers = new Set(ACTIONS.flatMap(({ rules }) => Object.keys(rules)));

    assert.deepEqual([...providers].sort(), ['config', 'guardduty', 'health', 'macie', 'securityhub']);
  });

  it('are each in the tables of the documentation as they are', async () => {
    const lines = (await readFile('docs/remediation.md', 'utf8')).split('\n');
    const rows = lines.filter((line) => /^\| `[a-z0-9]+-[a-z0-9-]+` \|/.test(line));
    const code = (texts: readonly string[]) => texts.map((text) => `\`${text}\``).join(', ');

    const effects = ACTIONS.map(({ id, title, risk, cost = 'no', irreversible, permissions }) => {
      const changes = [...permissions.apply, ...permissions.undo].flatMap(({ actions }) => actions);
      const calls = code([...new Set(changes)]) || 'none';
      return `| \`${id}\` | ${title} | ${risk} | ${cost} | ${irreversible === undefined ? 'yes' : 'no'} | ${calls} |`;
    });
    const findings = ACTIONS.map(({ id, case: what, techniques, rules }) => {
      const keys = Object.entries(rules).map(([provider, list]) => `${provider}: ${code(list)}`);
      return `| \`${id}\` | ${what.replace('-', ' ')} | ${techniques.join(', ')} | ${keys.join('; ')} |`;
    });
    assert.deepEqual(rows, [...effects.toSorted(), ...findings.toSorted()]);
  });

  it('have session policies and names that STS takes', () => {
    assert.equal(MAX_SESSION_POLICY, 2048);
    for (const { id } of ACTIONS) assert.ok(`virtual-soc-apply-${id}`.length <= 64, id);
  });
});
