/** A CloudFormation template, and how to read what it refers to. */

/** A resource of a template. What it refers to is left as CloudFormation writes it. */
export interface Resource {
  readonly Type: string;
  readonly Properties?: Readonly<Record<string, unknown>>;
  readonly DependsOn?: string | readonly string[];
  readonly DeletionPolicy?: string;
  readonly UpdateReplacePolicy?: string;
  readonly Condition?: string;
  readonly Metadata?: unknown;
}

export interface Parameter {
  readonly Type: string;
  readonly Default?: string | number;
  readonly AllowedValues?: readonly (string | number)[];
  readonly AllowedPattern?: string;
  readonly MinValue?: number;
  readonly MaxValue?: number;
  readonly MinLength?: number;
  readonly MaxLength?: number;
  readonly NoEcho?: boolean | string;
  readonly Description?: string;
}

export interface Template {
  readonly Description?: string;
  readonly Metadata?: Readonly<Record<string, unknown>>;
  readonly Parameters?: Readonly<Record<string, Parameter>>;
  readonly Mappings?: Readonly<Record<string, Readonly<Record<string, Readonly<Record<string, unknown>>>>>>;
  readonly Conditions?: Readonly<Record<string, unknown>>;
  readonly Rules?: Readonly<Record<string, unknown>>;
  readonly Resources: Readonly<Record<string, Resource>>;
  readonly Outputs?: Readonly<Record<string, unknown>>;
}

/** Where a value is within a resource's properties: names, and positions in lists. */
export type Path = readonly (string | number)[];

/** An intrinsic function and its argument. */
export interface Intrinsic {
  readonly name: string;
  readonly argument: unknown;
}

export function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** What CloudFormation computes, such as `{"Ref": "Queue"}`; undefined for what it takes as it is. */
export function intrinsicOf(value: unknown): Intrinsic | undefined {
  if (!isObject(value)) return undefined;
  const [[name, argument] = [], another] = Object.entries(value);
  if (name === undefined || another !== undefined) return undefined;
  return name === 'Ref' || name === 'Condition' || name.startsWith('Fn::') ? { name, argument } : undefined;
}

/** True of `{"Ref": "AWS::NoValue"}`, with which a property is left out. */
export function isNoValue(value: unknown): boolean {
  const intrinsic = intrinsicOf(value);
  return intrinsic?.name === 'Ref' && intrinsic.argument === 'AWS::NoValue';
}

/** Something that a value names: a resource or parameter, an attribute of a resource, a condition, or a mapping. */
export interface Reference {
  readonly kind: 'ref' | 'attribute' | 'condition' | 'mapping';
  readonly name: string;
  /** Of an attribute. */
  readonly attribute?: string;
}

/** Everything that a value names, however deep. */
export function referencesOf(value: unknown): Reference[] {
  if (Array.isArray(value)) return value.flatMap(referencesOf);
  if (!isObject(value)) return [];
  const intrinsic = intrinsicOf(value);
  if (intrinsic === undefined) return Object.values(value).flatMap(referencesOf);
  const { name, argument } = intrinsic;
  const [first, second] = Array.isArray(argument) ? (argument as unknown[]) : [argument, undefined];
  if (name === 'Ref') return [{ kind: 'ref', name: String(argument) }];
  if (name === 'Condition') return typeof argument === 'string' ? [{ kind: 'condition', name: argument }] : [];
  if (name === 'Fn::ValueOf') return [{ kind: 'ref', name: String(first) }];
  if (name === 'Fn::GetAtt') {
    const [resource = '', ...rest] =
      typeof argument === 'string' ? argument.split('.') : [String(first), String(second)];
    return [{ kind: 'attribute', name: resource, attribute: rest.join('.') }];
  }
  if (name === 'Fn::Sub') return [...substitutionsOf(argument), ...referencesOf(second)];
  if (name === 'Fn::If') return [{ kind: 'condition', name: String(first) }, ...referencesOf(argument)];
  if (name === 'Fn::FindInMap') return [{ kind: 'mapping', name: String(first) }, ...referencesOf(argument)];
  return referencesOf(argument);
}

function substitutionsOf(argument: unknown): Reference[] {
  const [text, own = {}] = (Array.isArray(argument) ? argument : [argument]) as [unknown, Record<string, unknown>?];
  return [...String(text).matchAll(/\$\{([^!}][^}]*)\}/g)]
    .map(([, name = '']) => name.trim())
    .filter((name) => !(name in own))
    .map((name): Reference => {
      const [resource = '', ...attribute] = name.split('.');
      return attribute.length === 0
        ? { kind: 'ref', name: resource }
        : { kind: 'attribute', name: resource, attribute: attribute.join('.') };
    });
}

/** Parameters, conditions and resources that a value depends on; conditions that it names are followed. */
export function dependenciesOf(value: unknown, template: Template): ReadonlySet<string> {
  const found = new Set<string>();
  const follow = (part: unknown): void => {
    for (const { kind, name } of referencesOf(part)) {
      const key = kind === 'condition' ? `condition ${name}` : name;
      if (found.has(key)) continue;
      found.add(key);
      if (kind === 'condition') follow(template.Conditions?.[name]);
    }
  };
  follow(value);
  return found;
}

/**
 * A text with what CloudFormation would put into it, for looking at its form: what is not given is written in angle
 * brackets, `<Queue.Arn>`. A choice is written out as its first alternative.
 */
export function render(value: unknown, given: Readonly<Record<string, string>> = {}): string {
  const intrinsic = intrinsicOf(value);
  if (intrinsic === undefined) return typeof value === 'string' ? value : JSON.stringify(value);
  const { name, argument } = intrinsic;
  const parts = (Array.isArray(argument) ? argument : [argument]) as unknown[];
  const known = (key: string): string => given[key] ?? `<${key}>`;
  if (name === 'Ref') return known(String(argument));
  if (name === 'Fn::GetAtt') return known(parts.map(String).join('.'));
  if (name === 'Fn::If') return render(isNoValue(parts[1]) ? parts[2] : parts[1], given);
  if (name === 'Fn::Join' && Array.isArray(parts[1])) {
    return parts[1].map((part) => render(part, given)).join(String(parts[0]));
  }
  if (name === 'Fn::Sub') {
    const own = isObject(parts[1]) ? parts[1] : {};
    return String(parts[0]).replace(/\$\{([^!}][^}]*)\}/g, (_, key: string) =>
      key in own ? render(own[key], given) : known(key),
    );
  }
  return `<${name}>`;
}

/** Every text in a value with its path, keys of objects left out. */
export function textsOf(value: unknown, path: Path = []): [path: Path, text: string][] {
  if (typeof value === 'string') return [[path, value]];
  if (Array.isArray(value)) return value.flatMap((part, index) => textsOf(part, [...path, index]));
  if (!isObject(value)) return [];
  return Object.entries(value).flatMap(([key, part]) => textsOf(part, [...path, key]));
}
