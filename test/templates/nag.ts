import { App, Stack } from 'aws-cdk-lib';
import { CfnInclude } from 'aws-cdk-lib/cloudformation-include';
import { AwsSolutionsChecks, NIST80053R5Checks } from 'cdk-nag';
import type { Finding } from './explained-findings.ts';

/**
 * What cdk-nag's packs AwsSolutions and NIST 800-53 r5 hold against a template. They are made for CDK's constructs, so
 * that the template is read back into those: products are reached this way like stacks are, and resources have the names
 * that they are deployed under. A rule that cannot read a value, because a parameter decides it, counts as a finding.
 *
 * @param name of the template, for the findings
 */
export function nagFindings(name: string, templateFile: string): Finding[] {
  const app = new App();
  new CfnInclude(new Stack(app, 'Stack'), 'Template', { templateFile, allowCyclicalReferences: true });
  return [new AwsSolutionsChecks(), new NIST80053R5Checks()]
    .flatMap((pack) => pack.validateScope(app).violations)
    .flatMap(({ ruleName, violatingResources }) =>
      violatingResources.map(({ constructPath = '' }) => ({
        check: 'cdk-nag' as const,
        rule: ruleName,
        template: name,
        logicalId: constructPath.split('/').at(-1) ?? '',
      })),
    );
}
