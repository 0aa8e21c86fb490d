/** `vsoc campaign`: which steps of campaigns and groups are open, detectable or blind here. */
import { writeFile } from 'node:fs/promises';
import Table from 'cli-table3';
import type { AdversaryExposure } from '../lambda/core/campaign-exposure.ts';
import type { Language } from '../lambda/core/catalogue.ts';
import { MATRIX_WORDS } from '../lambda/matrix/matrix-words.ts';
import { BadUsage } from './bad-usage.ts';
import { describeFileProblem } from './file-problem.ts';
import { jsonText } from './json-text.ts';
import { adversaryLayer } from './navigator-layer.ts';
import { plainText } from './plain-text.ts';
import { type PostureOptions, postureOfFile } from './posture-file.ts';
import type { Posture } from './posture.ts';

export interface CampaignOptions extends PostureOptions {
  /** File to write a Navigator layer to; needs a name. */
  readonly layer?: string;
}

/** Rows of the ranking; JSON has all. */
const SHOWN = 20;

/**
 * Runs the command and returns its exit code. Without a name it ranks all; with one it shows each step.
 *
 * @param name id (`C0027`, `G0016`), name or alias of a campaign or group
 */
export async function campaignCommand(
  name: string | undefined,
  file: string,
  options: CampaignOptions,
): Promise<number> {
  if (options.layer !== undefined && name === undefined) {
    throw new BadUsage('--layer: a layer shows one campaign or group; name it before the file.');
  }
  const { posture, exitCode } = await postureOfFile(file, options);
  const { language, json, layer } = options;
  if (name === undefined) {
    process.stdout.write(json ? jsonText(rankingJson(posture)) : rankingText(posture));
    return exitCode;
  }
  const found = adversaryNamed(name, posture);
  if (layer !== undefined) await writeLayer(layer, adversaryLayer(found, posture.catalogue.index));
  process.stdout.write(json ? jsonText(stepsJson(found, posture, language)) : stepsText(found, posture, language));
  return exitCode;
}

async function writeLayer(file: string, layer: object): Promise<void> {
  try {
    await writeFile(file, jsonText(layer));
  } catch (error) {
    throw new BadUsage(`--layer ${file}: ${describeFileProblem(error)}`, { cause: error });
  }
}

/** By id, name or alias, whole and in whatever case. Throws {@link BadUsage} where there is none, with what comes near. */
export function adversaryNamed(name: string, { adversaries }: Pick<Posture, 'adversaries'>): AdversaryExposure {
  const wanted = name.trim().toLowerCase();
  const namesOf = ({ adversary }: AdversaryExposure) => [adversary.id, adversary.name, ...adversary.aliases];
  const isIt = (found: AdversaryExposure) => namesOf(found).some((own) => own.toLowerCase() === wanted);
  // An id or a name of its own before the alias of another.
  const byName = ({ adversary }: AdversaryExposure) =>
    adversary.id.toLowerCase() === wanted || adversary.name.toLowerCase() === wanted;
  const found = adversaries.find(byName) ?? adversaries.find(isIt);
  if (found) return found;
  const near = adversaries
    .filter((one) => namesOf(one).some((own) => wanted !== '' && own.toLowerCase().includes(wanted)))
    .slice(0, 5)
    .map(({ adversary }) => `${adversary.id} ${adversary.name}`);
  throw new BadUsage(
    `No campaign or group with steps in the cloud is called ${JSON.stringify(name)}.` +
      (near.length > 0 ? ` Near it: ${near.join(', ')}.` : ' vsoc campaign FILE lists them all.'),
  );
}

function headOf({ catalogue, asOf }: Posture): object {
  const { attackRelease: release, copyright } = catalogue.index;
  return { attack: { release, copyright }, asOf: asOf ?? null };
}

function summaryOf({ adversary, steps, open, byState }: AdversaryExposure): object {
  const { id, kind, name, otherTechniques } = adversary;
  return { id, kind, name, steps: steps.length, open, share: open / steps.length, byState, otherTechniques };
}

/** All campaigns and groups for programs. */
export function rankingJson(posture: Posture): object {
  return {
    ...headOf(posture),
    ranking: posture.adversaries.map((found, index) => ({ rank: index + 1, ...summaryOf(found) })),
  };
}

/** One of them for programs. */
export function stepsJson(found: AdversaryExposure, posture: Posture, language: Language): object {
  const { aliases, summary, url } = found.adversary;
  return {
    ...headOf(posture),
    ...summaryOf(found),
    aliases,
    summary: summary[language],
    url,
    techniques: found.steps.map(({ techniqueId, state }) => ({
      technique: techniqueId,
      name: posture.catalogue.techniques.get(techniqueId)?.name[language] ?? techniqueId,
      state,
    })),
  };
}

function rankingText(posture: Posture): string {
  const { states } = MATRIX_WORDS.en;
  const table = new Table({
    head: [
      '',
      'Campaign or group',
      'Open steps',
      states.observed,
      states.exposed,
      states.blind,
      states.protected,
      states.detectable,
      states['no-evidence'],
    ],
    colAligns: ['right', 'left', ...Array.from({ length: 7 }, () => 'right' as const)],
    style: { head: [], border: [] },
  });
  for (const [index, { adversary, steps, open, byState }] of posture.adversaries.slice(0, SHOWN).entries()) {
    table.push([
      index + 1,
      `${adversary.id} ${plainText(adversary.name)}`,
      `${open} of ${steps.length}`,
      ...Object.values(byState),
    ]);
  }
  const more = posture.adversaries.length - SHOWN;
  return (
    `${table.toString()}\n${more > 0 ? `And ${more} more, which --json lists. ` : ''}` +
    `Steps are techniques of ATT&CK's cloud matrix; open is observed or exposed.\n\n${attackLine(posture)}`
  );
}

function stepsText(found: AdversaryExposure, posture: Posture, language: Language): string {
  const { adversary, steps, open } = found;
  const words = MATRIX_WORDS.en.states;
  const table = new Table({ head: ['Step', 'State'], style: { head: [], border: [] } });
  for (const { techniqueId, state } of steps) {
    const name = posture.catalogue.techniques.get(techniqueId)?.name[language] ?? '';
    table.push([`${techniqueId} ${plainText(name)}`, words[state]]);
  }
  const aliases = adversary.aliases.length > 0 ? `  Also: ${plainText(adversary.aliases.join(', '))}\n` : '';
  const others = adversary.otherTechniques;
  return (
    `${adversary.id} ${plainText(adversary.name)}: ${open} of ${steps.length} cloud steps open\n` +
    `  ${plainText(adversary.summary[language])}\n${aliases}  ${plainText(adversary.url)}\n\n${table.toString()}\n` +
    (others > 0 ? `And ${others} outside the cloud matrix, in no figure.\n` : '') +
    `\n${attackLine(posture)}`
  );
}

function attackLine({ catalogue: { index } }: Posture): string {
  return `MITRE ATT&CK v${index.attackRelease}. ${index.copyright}\n`;
}
