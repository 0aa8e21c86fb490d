/**
 * What the remediation of the project that this one follows did wrong, the other way round: each was found in its code, which had
 * no test. Its three functions stood for Credential Access (TA0006), Impact (TA0040) and Privilege Escalation (TA0004).
 */
import assert from 'node:assert/strict';
import { parseConfiguration } from '../../../lambda/adapters/remediation-configuration.ts';
import { ACTIONS } from '../../../lambda/remediation/actions.ts';
import { controlRemediation, controlRequestSchema } from '../../../lambda/remediation/remediation-control.ts';
import { remediate } from '../../../lambda/remediation/remediate.ts';
import { isNamed } from '../../../lambda/remediation/scope.ts';
import { accessKey } from '../../support/principals.ts';
import { HUB, MEMBER, type RemediationBench, message, startRemediation } from '../../support/remediation.ts';
import { ServiceError } from '../../support/service-stand-in.ts';

const GUARDDUTY = 'arn:aws:securityhub:eu-west-1::product/aws/guardduty';
const ALICE = { User: { UserName: 'alice', Arn: `arn:aws:iam::${MEMBER}:user/alice`, UserId: 'AIDA1' } };
const automatic = (...actions: string[]) => ({ assignments: [{ actions, mode: 'automatic' }] });
const database = (name: string) => ({ Type: 'AwsRdsDbInstance', Id: `arn:aws:rds:eu-west-1:${MEMBER}:db:${name}` });

describe('remediation, unlike its predecessor', () => {
  let bench: RemediationBench;

  before(async () => {
    bench = await startRemediation();
  });
  after(() => bench.close());
  beforeEach(() => bench.reset());

  const run = async (configuration: Record<string, unknown>, id: string) =>
    remediate([message(id)], bench.dependencies(configuration));
  const changes = () => bench.services.calls.filter(({ call }) => !/:(?:Describe|Get|List)/.test(call));
  const compromisedKey = () =>
    bench.addFinding({
      provider: 'guardduty',
      ruleKey: 'CredentialAccess:IAMUser/CompromisedCredentials',
      techniqueId: 'T1552',
      finding: { ProductArn: GUARDDUTY, Resources: [accessKey('IAMUser', 'alice')] },
    });
  const unprotected = (...names: string[]) =>
    bench.addFinding({
      ruleKey: 'rds-instance-deletion-protection-enabled',
      finding: { Resources: names.map(database) },
    });
  const answerForDatabases = () => {
    bench.services.answers = {
      'rds:DescribeDBInstances': {
        DBInstances: { DBInstance: { DBInstanceStatus: 'available', DeletionProtection: false, MultiAZ: false } },
      },
      'rds:ModifyDBInstance': {},
    };
  };

  describe('18: credential access', () => {
    const answerForAlice = () => {
      bench.services.answers = {
        'iam:GetUser': ALICE,
        'iam:GetLoginProfile': { LoginProfile: { UserName: 'alice', PasswordResetRequired: false } },
        'iam:UpdateLoginProfile': {},
        'iam:ListAccessKeys': {
          AccessKeyMetadata: {
            member: [{ UserName: 'alice', AccessKeyId: 'AKIAIOSFODNN7EXAMPLE', Status: 'Active' }],
          },
          IsTruncated: false,
        },
        'iam:UpdateAccessKey': {},
      };
    };

    it('sets no password, least of all one that stands in the code: the user has to choose one', async () => {
      answerForAlice();

      await run(automatic('iam-console-password-reset'), await compromisedKey());

      assert.deepEqual(
        changes().map(({ call, input }) => [call, input['Password'], input['PasswordResetRequired']]),
        [['iam:UpdateLoginProfile', undefined, 'true']],
      );
    });

    it('names the user by the name and not by the access key', async () => {
      answerForAlice();

      const { outcomes } = await run(automatic('iam-access-key-inactive'), await compromisedKey());

      assert.equal(outcomes.applied, 1);
      assert.deepEqual(
        changes().map(({ input }) => [input['UserName'], input['AccessKeyId'], input['Status']]),
        [['alice', 'AKIAIOSFODNN7EXAMPLE', 'Inactive']],
      );
    });

    it('takes neither "False" nor "false" nor any other text for yes', () => {
      for (const text of ["'False'", "'false'", "'no'", "'0'"]) {
        const configuration = `version: 1\nbreakGlass: []\nstandard: { passwordPolicy: { requireSymbols: ${text} } }`;
        assert.throws(() => parseConfiguration(configuration), /requireSymbols/, text);
      }
      const off = parseConfiguration(
        'version: 1\nbreakGlass: []\nstandard: { passwordPolicy: { requireSymbols: false } }',
      );
      assert.equal(off.standard.passwordPolicy.requireSymbols, false);
    });

    it('takes several actions on one finding, one after the other', async () => {
      answerForAlice();

      const { outcomes } = await run(
        automatic('iam-console-password-reset', 'iam-access-key-inactive'),
        await compromisedKey(),
      );

      assert.equal(outcomes.applied, 2);
      assert.deepEqual(
        changes()
          .map(({ call }) => call)
          .sort(),
        ['iam:UpdateAccessKey', 'iam:UpdateLoginProfile'],
      );
    });

    it("looks at the password policy of the finding's account, with a role of that account", async () => {
      bench.services.answers = {
        'iam:GetAccountPasswordPolicy': new ServiceError('NoSuchEntity', 404),
        'iam:UpdateAccountPasswordPolicy': {},
      };
      const id = await bench.addFinding({
        ruleKey: 'iam-password-policy',
        techniqueId: 'T1110',
        finding: { Resources: [{ Type: 'AwsAccount', Id: `AWS::::Account:${MEMBER}` }] },
      });

      const { outcomes } = await run(automatic('iam-password-policy'), id);

      assert.equal(outcomes.applied, 1);
      const roles = new Set(bench.sts.requests.map((request) => new URLSearchParams(request).get('RoleArn')));
      assert.deepEqual([...roles], [`arn:aws:iam::${MEMBER}:role/virtual-soc/virtual-soc-remediate`]);
    });
  });

  describe('19: impact', () => {
    it('deals with every resource of a finding', async () => {
      answerForDatabases();

      const { outcomes } = await run(automatic('rds-instance-deletion-protection'), await unprotected('a', 'b', 'c'));

      assert.deepEqual(outcomes, { applied: 3 });
      assert.deepEqual(
        changes().map(({ input }) => input['DBInstanceIdentifier']),
        ['a', 'b', 'c'],
      );
    });

    it('acts in the Region of the resource', async () => {
      answerForDatabases();
      const before = bench.services.regions.length;
      const id = await bench.addFinding({
        ruleKey: 'rds-instance-deletion-protection-enabled',
        finding: {
          Region: 'eu-central-1',
          Resources: [{ Type: 'AwsRdsDbInstance', Id: `arn:aws:rds:eu-central-1:${MEMBER}:db:orders` }],
        },
      });

      await run(automatic('rds-instance-deletion-protection'), id);

      assert.deepEqual([...new Set(bench.services.regions.slice(before))], ['eu-central-1']);
    });

    it('understands what Redshift answers', async () => {
      bench.services.answers = {
        'redshift:DescribeClusters': {
          Clusters: { Cluster: { ClusterStatus: 'available', AutomatedSnapshotRetentionPeriod: 1 } },
        },
        'redshift:ModifyCluster': {},
      };
      const id = await bench.addFinding({
        ruleKey: 'redshift-backup-enabled',
        finding: { Resources: [{ Type: 'AwsRedshiftCluster', Id: `arn:aws:redshift:eu-west-1:${MEMBER}:cluster:c` }] },
      });

      assert.deepEqual((await run(automatic('redshift-snapshots'), id)).outcomes, { applied: 1 });
    });

    it('makes nothing dearer that nobody has chosen: no Multi-AZ, and a star takes no action that costs', async () => {
      answerForDatabases();

      await run(automatic('rds-instance-deletion-protection'), await unprotected('orders'));

      assert.deepEqual(
        changes().map(({ input }) =>
          Object.keys(input)
            .filter((name) => !/^(?:Action|Version)$/.test(name))
            .sort(),
        ),
        [['DBInstanceIdentifier', 'DeletionProtection']],
      );
      const costly = ACTIONS.filter(({ cost }) => cost !== undefined);
      assert.ok(costly.length > 0 && costly.every((action) => !isNamed('*', action)));
    });

    it('says what is wrong with a service that does not answer, and gives the message back', async () => {
      answerForDatabases();
      bench.services.answers = { 'rds:DescribeDBInstances': new ServiceError('InternalFailure', 500) };

      const { failed } = await run(automatic('rds-instance-deletion-protection'), await unprotected('orders'));

      assert.match([...failed.values()].join(), /^rds-instance-deletion-protection: InternalFailure$/);
    });
  });

  describe('20: privilege escalation', () => {
    const answerForContainment = () => {
      let isAttached = false;
      bench.services.answers = {
        'iam:GetUser': ALICE,
        'iam:ListAttachedUserPolicies': () => ({
          IsTruncated: false,
          AttachedPolicies: isAttached
            ? { member: [{ PolicyArn: 'arn:aws:iam::aws:policy/AWSCompromisedKeyQuarantineV3', PolicyName: 'q' }] }
            : '',
        }),
        'iam:AttachUserPolicy': () => {
          isAttached = true;
          return {};
        },
        'iam:DetachUserPolicy': () => {
          isAttached = false;
          return {};
        },
      };
    };
    const intruder = () =>
      bench.addFinding({
        provider: 'guardduty',
        ruleKey: 'PrivilegeEscalation:IAMUser/AnomalousBehavior',
        techniqueId: 'T1078',
        finding: { ProductArn: GUARDDUTY, Resources: [accessKey('IAMUser', 'alice')] },
      });
    const events = () =>
      bench.query<{ kind: string; at: Date }>('SELECT kind, at FROM state.remediation_event ORDER BY event_id');

    it('tells of a containment after it has happened, and of one that was refused as refused', async () => {
      answerForContainment();
      await run(automatic('iam-user-quarantine'), await intruder());
      assert.deepEqual(
        (await events()).map(({ kind }) => kind),
        ['start', 'application'],
      );

      await bench.reset();
      answerForContainment();
      const { answers } = bench.services;
      bench.services.answers = { ...answers, 'iam:AttachUserPolicy': new ServiceError('AccessDenied', 403) };
      await run(automatic('iam-user-quarantine'), await intruder());
      assert.deepEqual(
        (await events()).map(({ kind }) => kind),
        ['start', 'failure'],
      );
    });

    it('can undo it', async () => {
      answerForContainment();
      await run(automatic('iam-user-quarantine'), await intruder());
      const [row] = await bench.query<{ id: string }>('SELECT remediation_id AS id FROM state.remediation');
      bench.later(10);

      const answer = await controlRemediation(
        controlRequestSchema.parse({ command: 'undo', id: row?.id }),
        { accountId: HUB.accountId, userArn: `arn:aws:iam::${HUB.accountId}:user/ana` },
        bench.control({}),
      );

      assert.equal(answer.outcome, 'undone');
      assert.deepEqual(
        changes().map(({ call }) => call),
        ['iam:AttachUserPolicy', 'iam:DetachUserPolicy'],
      );
    });
  });
});
