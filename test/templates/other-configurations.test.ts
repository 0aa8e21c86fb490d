import assert from 'node:assert/strict';
import { type Configuration, readConfiguration } from '../../portfolio/configuration.ts';
import { EXAMPLE, synthesise } from '../portfolio/synthesis.ts';
import { valueMistakes } from './allowed-values.ts';
import { readAuthorizationReference } from './authorization-reference.ts';
import { assertExplained, type Exception, readExceptions } from './explained-findings.ts';
import { guardFindings } from './guard.ts';
import { referenceFindings } from './iam-reference.ts';
import { exceeded, usages } from './limits.ts';
import { nagFindings } from './nag.ts';
import { policyFindings } from './policies.ts';
import { writtenStatements } from './policy-statements.ts';
import { schemaMistakes } from './schema.ts';
import { secretsIn } from './secrets.ts';
import { type SynthesisedTemplate, SYNTHESIS_TIMEOUT, templatesIn } from './synthesised-templates.ts';

type Change = (configuration: Configuration) => Configuration;

const withHub =
  (hub: Partial<Configuration['hub']>): Change =>
  (configuration) => ({ ...configuration, hub: { ...configuration.hub, ...hub } });
const withPortfolio =
  (portfolio: Partial<Configuration['portfolio']>): Change =>
  (configuration) => ({ ...configuration, portfolio: { ...configuration.portfolio, ...portfolio } });

/** What customers have that the example has not. Each makes resources that no other one does, or leaves some out. */
const OTHERS: Readonly<Record<string, Change>> = {
  'governance and hub in one account': withHub({ account: '111122223333', share: 'none' }),
  'a share that the account accepts': withHub({ share: 'account' }),
  'a share with a unit': withHub({ node: 'ou-exmp-secops01' }),
  'a hub account that is discovered': withHub({ account: 'discover' }),
  'no constraints, tag options or launchers': (configuration) =>
    withHub({ launchers: [] })(withPortfolio({ constraints: { answers: {} }, tagOptions: {} })(configuration)),
  'an asset bucket that is there already': withPortfolio({ assetBucket: { exists: true } }),
  'a topic that is told of launches': withPortfolio({
    constraints: { answers: {}, notificationTopic: 'arn:aws:sns:eu-west-1:111122223333:product-launches' },
  }),
};

/** What is explained for the example, and what is the same there under another name: a bucket that is made has no ARN yet. */
const EXPLAINED: readonly Exception[] = [
  ...readExceptions(),
  {
    check: 'cdk-nag',
    rule: 'AwsSolutions-IAM5[Resource::arn:aws:s3:::virtual-soc-111122223333-eu-west-1/*]',
    template: 'VirtualSocPortfolio',
    logicalId: 'CustomCDKBucketDeployment8693BB64968944B69AAFB0CC9EB8756CServiceRoleDefaultPolicy88902FDF',
    reason: 'CDK writes the code of the functions into the asset bucket, and nothing else into any other one.',
  },
];

/** Bundling takes nearly all the time of a synthesis, and changes nothing but the names of the functions' code. */
const WITHOUT_BUNDLES = { 'aws:cdk:bundling-stacks': [] };

describe('the templates of other configurations', () => {
  const templates: Record<string, readonly SynthesisedTemplate[]> = {};

  before(function () {
    this.timeout(SYNTHESIS_TIMEOUT);
    // What is rolled out does not depend on any of this, and is checked with everything chosen elsewhere.
    const { rollout: _, ...example } = readConfiguration(EXAMPLE);
    for (const [what, change] of Object.entries(OTHERS)) {
      templates[what] = templatesIn(synthesise(change(example), WITHOUT_BUNDLES).directory);
    }
  });

  for (const what of Object.keys(OTHERS)) {
    describe(`with ${what}`, () => {
      /** The product is the same in each of them, but for names. */
      const stacks = () => (templates[what] ?? []).filter(({ kind }) => kind !== 'product');

      it('are all there', () => {
        assert.deepEqual(templates[what]?.map(({ name }) => name).sort(), [
          'VirtualSocLaunchRole',
          'VirtualSocPortfolio',
          'VirtualSocPortfolioVirtualSocProduct',
        ]);
      });

      it("fit CloudFormation's schema, what the services take, and their limits", () => {
        for (const { name, bytes, template } of templates[what] ?? []) {
          assert.deepEqual(schemaMistakes(template), [], name);
          assert.deepEqual(valueMistakes(template, new Date()), [], name);
          assert.deepEqual(exceeded(usages(template, bytes)), [], name);
        }
      });

      it('hold no secret', () => {
        for (const { name, template } of templates[what] ?? []) assert.deepEqual(secretsIn(template), [], name);
      });

      it('have nothing against them that is not explained for the example too', () => {
        assertExplained(
          stacks().flatMap(({ name, template }) => policyFindings(name, template)),
          EXPLAINED,
        );
        assertExplained(
          stacks().flatMap(({ name, file }) => nagFindings(name, file)),
          EXPLAINED,
        );
      });

      it("name what AWS's reference knows, but as explained for the example too", async () => {
        const actions = stacks().flatMap(({ template }) =>
          writtenStatements(template).flatMap(({ actions }) => actions),
        );
        const reference = await readAuthorizationReference(actions);

        assertExplained(
          stacks().flatMap(({ name, template }) => referenceFindings(name, template, reference)),
          EXPLAINED,
        );
      });
    });
  }

  it("keep AWS Control Tower's proactive controls, but as explained for the example too", () => {
    const stacks = Object.values(templates).flatMap((all) => all.filter(({ kind }) => kind !== 'product'));

    assertExplained(guardFindings(stacks).findings, EXPLAINED);
  }).timeout(SYNTHESIS_TIMEOUT);
});
