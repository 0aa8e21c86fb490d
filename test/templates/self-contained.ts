import { textsOf, type Template } from './template.ts';

/** Sections that only a transform of the account's own understands. */
const TRANSFORMING = ['Transform', 'Hooks'];

/** Functions that a transform brings, or that is one. */
const TRANSFORMING_FUNCTIONS = /"Fn::(Transform|ForEach[^"]*|Length|ToJsonString)"/;

/** Types that need something beside the template: another template, code, or an extension of the account's own. */
const FOREIGN_TYPES = /^(AWS::CloudFormation::(Stack|Macro|CustomResource|StackSet)$|AWS::Lambda::|Custom::)|::MODULE$/;

/** What only the account has that CDK deploys from. */
const BOOTSTRAP = /cdk-hnb659fds|\/cdk-bootstrap\//;

/** Exports and parameters that a member account would have to have already. */
const IMPORTS = /"Fn::ImportValue"|"Fn::GetStackOutput"|\{\{resolve:|AWS::SSM::Parameter::/;

/**
 * What keeps a template from being rolled out to accounts that nobody has prepared. Service-managed stack sets take no nested
 * stacks, macros or transforms.
 *
 * Source: https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/stacksets-orgs-associate-stackset-with-org.html
 */
export function foreignIn(template: Template): string[] {
  const text = JSON.stringify(template);
  const found = TRANSFORMING.filter((section) => section in template).map((section) => `the section ${section}`);
  if (TRANSFORMING_FUNCTIONS.test(text)) found.push('a function of a transform');
  if (IMPORTS.test(text)) found.push('something that the account would have to have');
  for (const [id, { Type }] of Object.entries(template.Resources)) {
    if (FOREIGN_TYPES.test(Type)) found.push(`${id}: ${Type}`);
  }
  for (const [path, part] of textsOf(template)) {
    if (BOOTSTRAP.test(part)) found.push(`${path.join('.')}: CDK's bootstrap`);
  }
  return found;
}
