/**
 * The use case that turns on what findings come from, where it is off. CloudFormation cannot say "off": its own resources
 * fail where a service is on, and turn it off when the stack goes. So: what is there is never touched, and nothing is ever
 * turned off.
 */

/** How a service is found. `stopped`: it is set up, and somebody has stopped it. */
export type ServiceState = 'off' | 'on' | 'stopped';

/** A service that can be turned on. Both throw where it does not answer or refuses. */
export interface ServiceSwitch {
  readonly name: string;
  state(): Promise<ServiceState>;
  turnOn(): Promise<void>;
}

export interface EnableReport {
  readonly turnedOn: readonly string[];
  /** Services that were there before, as they are. */
  readonly untouched: readonly { readonly name: string; readonly state: 'on' | 'stopped' }[];
}

/** Thrown when a service cannot be turned on; the message says why, and what stays on of those before it. */
export class EnableFailed extends Error {
  override readonly name = 'EnableFailed';
}

/** Turns on those that are off, in the order given. */
export async function enableServices(wanted: readonly ServiceSwitch[]): Promise<EnableReport> {
  const turnedOn: string[] = [];
  const untouched: EnableReport['untouched'][number][] = [];
  for (const service of wanted) {
    try {
      const state = await service.state();
      if (state === 'off') {
        await service.turnOn();
        turnedOn.push(service.name);
      } else {
        untouched.push({ name: service.name, state });
      }
    } catch (cause) {
      const { name, message } = cause as Error;
      const before = turnedOn.length > 0 ? ` Turned on before it, and still on: ${turnedOn.join(', ')}.` : '';
      throw new EnableFailed(
        `${service.name} cannot be turned on (${name}): ${message.replace(/\.?$/, '.')}${before}`,
        { cause },
      );
    }
  }
  return { turnedOn, untouched };
}

/** The report in words, with what earlier runs have turned on. */
export function describeEnabled(turnedOn: readonly string[], { untouched }: EnableReport): string {
  const others = untouched.filter(({ name }) => !turnedOn.includes(name));
  const were = (state: 'on' | 'stopped') => others.filter((one) => one.state === state).map(({ name }) => name);
  const sentences = [
    turnedOn.length > 0 && `Turned on by this product: ${turnedOn.join(', ')}. They stay on when it is terminated.`,
    were('on').length > 0 && `On before, and not touched: ${were('on').join(', ')}.`,
    were('stopped').length > 0 && `Set up before but stopped, and not touched: ${were('stopped').join(', ')}.`,
  ];
  return sentences.filter((sentence) => sentence !== false).join(' ') || 'Nothing was to be turned on.';
}
