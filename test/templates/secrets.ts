import { isObject, type Path, render, type Template, textsOf } from './template.ts';

/** What secrets look like. */
const FORMS: readonly (readonly [what: string, form: RegExp])[] = [
  ['an access key id', /\b(AKIA|ASIA)[A-Z0-9]{16}\b/],
  ['a private key', /-----BEGIN [A-Z ]*PRIVATE KEY-----/],
  ['a password in an address', /\w+:\/\/[^\s/:@"]*:[^\s/@"]+@/],
  ['a token of GitHub, GitLab or Slack', /\b(gh[pousr]_\w{20,}|glpat-[\w-]{20,}|xox[baprs]-[\w-]{10,})/],
  ['a JSON web token', /\beyJ[\w-]{10,}\.eyJ[\w-]{10,}\./],
  // It is resolved by CloudFormation, and read afterwards by whoever may read the resource.
  ['a secret resolved into the template', /\{\{resolve:(secretsmanager|ssm-secure):/],
];

/** Names of what holds a secret. What ends in these names where one is kept, and holds none. */
const SECRET_NAME = /(password|passwd|passphrase|secret|api_?key|private_?key|access_?key|token|credential)s?$/i;
const NAMES_A_PLACE = /(arn|id|name|url|path|version)$/i;

/** Properties whose names look like that of a secret and hold none. */
const NO_SECRET = [
  'ManageMasterUserPassword', // whether RDS makes it
  'MasterUserSecret', // the key of the secret that RDS makes
  'ServiceToken', // ARN of the function behind a custom resource
];

/** Secrets, and places for some, in a template: in words, with the place and never with the value. */
export function secretsIn(template: Template): string[] {
  const formed = textsOf(template).flatMap(([path, text]) =>
    FORMS.filter(([, form]) => form.test(text)).map(([what]) => `${path.join('.')}: ${what}`),
  );
  // A text may be put together of harmless parts.
  const joined = computedTexts(template).flatMap(([path, text]) =>
    FORMS.filter(([, form]) => form.test(text)).map(([what]) => `${path.join('.')}: ${what}`),
  );
  const parameters = Object.entries(template.Parameters ?? {}).flatMap(([name, { Default, NoEcho }]) => [
    ...(NoEcho === undefined || NoEcho === false ? [] : [`Parameters.${name}: is asked for as a secret`]),
    ...(SECRET_NAME.test(name) ? [`Parameters.${name}: is named like a secret`] : []),
    ...(SECRET_NAME.test(name) && Default !== undefined ? [`Parameters.${name}: a secret with a default`] : []),
  ]);
  return [...new Set([...formed, ...joined, ...parameters, ...named(template.Resources)])];
}

/** Values under the name of a secret: of properties, of environments, and of whatever else has names. */
function named(value: unknown, path: Path = ['Resources']): string[] {
  if (Array.isArray(value)) return value.flatMap((part, index) => named(part, [...path, index]));
  if (!isObject(value)) return [];
  return Object.entries(value).flatMap(([name, part]) => {
    const secret = SECRET_NAME.test(name) && !NAMES_A_PLACE.test(name) && !NO_SECRET.includes(name) && path.length > 2;
    if (secret && (typeof part === 'string' || isObject(part))) return [`${[...path, name].join('.')}: a secret`];
    return named(part, [...path, name]);
  });
}

function computedTexts(value: unknown, path: Path = []): [path: Path, text: string][] {
  if (Array.isArray(value)) return value.flatMap((part, index) => computedTexts(part, [...path, index]));
  if (!isObject(value)) return [];
  if ('Fn::Join' in value || 'Fn::Sub' in value) return [[path, render(value)]];
  return Object.entries(value).flatMap(([name, part]) => computedTexts(part, [...path, name]));
}
