import { Aws, CustomResource, Duration } from 'aws-cdk-lib';
import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import { Construct } from 'constructs';
import { assetOf, customResourceProvider } from './custom-resource-provider.ts';
import { VirtualSocFunction } from './function.ts';
import { HUB } from './security-hub.ts';

export interface PreflightProps {
  readonly logRetentionDays: number;
  /** `cspm` or `v2`. */
  readonly findingFormat: string;
  /** `yes` where Security Hub is turned on after it: then it may be off. */
  readonly enableSecurityHub: string;
  /** Every other answer, so that an update that changes one runs it again. */
  readonly answers: readonly string[];
}

/**
 * Looks whether the product can work in this account and Region, before anything else of it is made, and fails with one
 * readable reason where it cannot. Depend on {@link passed}.
 *
 * It needs nothing of the product itself: no network, and no key either, since that one would stay behind where the
 * preflight fails. Its logs hold names of event rules, account ids and reasons.
 */
export class Preflight extends Construct {
  readonly passed: CustomResource;
  /** What was found, in words. */
  readonly facts: string;
  readonly warnings: string;

  constructor(scope: Construct, id: string, props: PreflightProps) {
    super(scope, id);
    const { logRetentionDays } = props;
    const name = 'preflight';
    const handler = new VirtualSocFunction(this, 'Handler', {
      logRetentionDays,
      name,
      description: 'looks whether the product can work here',
      timeout: Duration.minutes(2),
      memorySize: 256,
      environment: { ...HUB },
    });
    handler.allow(
      new PolicyStatement({
        sid: 'LookAtSecurityHub',
        actions: [
          'securityhub:DescribeHub',
          'securityhub:DescribeOrganizationConfiguration',
          'securityhub:DescribeSecurityHubV2',
          'securityhub:GetAdministratorAccount',
          'securityhub:GetFindingAggregator',
          'securityhub:ListFindingAggregators',
          'securityhub:ListMembers',
        ],
        resources: ['*'],
        conditions: { StringEquals: { 'aws:RequestedRegion': Aws.REGION } },
      }),
      new PolicyStatement({
        sid: 'LookAtEventRules',
        actions: ['events:ListRules'],
        resources: ['*'],
        conditions: { StringEquals: { 'aws:RequestedRegion': Aws.REGION } },
      }),
    );

    this.passed = new CustomResource(this, 'Passed', {
      serviceToken: customResourceProvider(this, { name, handler, logRetentionDays }).serviceToken,
      resourceType: 'Custom::VirtualSocPreflight',
      properties: {
        StackName: Aws.STACK_NAME,
        FindingFormat: props.findingFormat,
        EnableSecurityHub: props.enableSecurityHub,
        Answers: [...props.answers],
        Asset: assetOf(handler),
      },
    });
    this.facts = this.passed.getAttString('Facts');
    this.warnings = this.passed.getAttString('Warnings');
  }
}
