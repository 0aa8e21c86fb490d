/** `vsoc fix-first`: the rules to fix, by what is gained. */
import Table from 'cli-table3';
import type { Language } from '../lambda/core/catalogue.ts';
import type { RuleToFix } from '../lambda/core/fix-first.ts';
import { jsonText } from './json-text.ts';
import { plainText } from './plain-text.ts';
import { type PostureOptions, postureOfFile } from './posture-file.ts';
import type { Posture } from './posture.ts';

/** Rules in the table; JSON has all. */
const SHOWN = 20;

/** Runs the command and returns its exit code. */
export async function fixFirstCommand(file: string, options: PostureOptions): Promise<number> {
  const { posture, exitCode } = await postureOfFile(file, options);
  process.stdout.write(
    options.json ? jsonText(fixFirstJson(posture, options.language)) : fixFirstText(posture, options.language),
  );
  return exitCode;
}

/** All rules for programs. */
export function fixFirstJson({ catalogue, fixFirst, asOf }: Posture, language: Language): object {
  const { attackRelease: release, copyright } = catalogue.index;
  return {
    attack: { release, copyright },
    asOf: asOf ?? null,
    rules: fixFirst.map((rule, index) => ({
      rank: index + 1,
      provider: rule.provider,
      rule: rule.ruleKey,
      kind: rule.kind,
      closes: rule.closes,
      techniques: rule.techniqueIds,
      severity: rule.severity,
      accounts: rule.accounts,
      resources: rule.resources,
      findings: rule.findings,
      advice: rule.advice[language] ?? null,
    })),
  };
}

/** A table for a person. */
export function fixFirstText({ catalogue, fixFirst }: Posture, language: Language): string {
  const { index } = catalogue;
  const attack = `MITRE ATT&CK v${index.attackRelease}. ${index.copyright}\n`;
  if (fixFirst.length === 0) return `No rule that can be fixed has an open finding.\n\n${attack}`;
  const table = new Table({
    head: ['', 'Rule', 'Closes', 'Techniques', 'Severity', 'Accounts', 'Resources', 'Findings'],
    colAligns: ['right', 'left', 'right', 'left', 'left', 'right', 'right', 'right'],
    colWidths: [null, 50, null, 26],
    wordWrap: true,
    style: { head: [], border: [] },
  });
  for (const [position, rule] of fixFirst.slice(0, SHOWN).entries()) {
    const { techniqueIds, severity, accounts, resources, findings, closes } = rule;
    table.push([
      position + 1,
      ruleCell(rule, index.nameOf, language),
      closes,
      techniqueIds.join(' '),
      severity,
      accounts,
      resources,
      findings,
    ]);
  }
  const more = fixFirst.length > SHOWN ? `And ${fixFirst.length - SHOWN} more, which --json lists.\n` : '';
  return `${table.toString()}\n${more}Closes: techniques that nothing else keeps open, once for each account and Region.\n\n${attack}`;
}

function ruleCell({ provider, ruleKey, advice }: RuleToFix, nameOf: (provider: string) => string, language: Language) {
  const rule = plainText(`${nameOf(provider)} ${ruleKey}`);
  const text = advice[language];
  return text === undefined ? rule : `${rule}\n${plainText(text)}`;
}
