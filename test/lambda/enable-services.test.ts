import assert from 'node:assert/strict';
import type { CdkCustomResourceEvent, CdkCustomResourceResponse } from 'aws-lambda';
import { securityHubTarget } from '../../lambda/core/security-hub-target.ts';
import { configSwitch } from '../../lambda/enable-services-switches.ts';
import { startSecurityHub } from '../../local/security-hub/server.ts';
import {
  type Answer,
  AwsError,
  type AwsStandIn,
  resourceEvent,
  setEnvironment,
  startAws,
} from '../support/aws-stand-in.ts';

const ACCOUNT = '444455556666';
const REGION = 'eu-west-1';
const ROLE = `arn:aws:iam::${ACCOUNT}:role/aws-service-role/config.amazonaws.com/AWSServiceRoleForConfig`;

const NOTHING = { EnableConfig: 'no', EnableSecurityHub: 'no', SecurityHubStandards: 'no', EnableGuardDuty: 'no' };
const CONFIG = { ...NOTHING, EnableConfig: 'yes', ConfigBucket: 'history' };

/** AWS Config where it was never used. */
const CONFIG_OFF: Readonly<Record<string, Answer>> = {
  DescribeConfigurationRecorders: () => ({ ConfigurationRecorders: [] }),
  DescribeDeliveryChannels: () => ({ DeliveryChannels: [] }),
  CreateServiceLinkedRole: () => ({}),
  PutConfigurationRecorder: () => ({}),
  PutDeliveryChannel: () => ({}),
  StartConfigurationRecorder: () => ({}),
};

const recorder = (name: string, status: object): Readonly<Record<string, Answer>> => ({
  ...CONFIG_OFF,
  DescribeConfigurationRecorders: () => ({ ConfigurationRecorders: [{ name }] }),
  DescribeConfigurationRecorderStatus: () => ({ ConfigurationRecordersStatus: [{ name, ...status }] }),
});

const fail = (code: string, message?: string) => () => {
  throw new AwsError(code, message);
};

describe('enable-services', () => {
  let aws: AwsStandIn;
  let restore: () => void;
  let handler: (event: CdkCustomResourceEvent) => Promise<CdkCustomResourceResponse>;

  before(async () => {
    aws = await startAws();
    restore = setEnvironment({
      ...aws.env,
      HUB_ACCOUNT_ID: ACCOUNT,
      HUB_REGION: REGION,
      POWERTOOLS_LOG_LEVEL: 'SILENT',
    });
    ({ handler } = await import('../../lambda/enable-services.lambda.ts'));
  });

  beforeEach(() => {
    aws.answers = {};
    aws.calls.length = 0;
  });

  after(async () => {
    restore();
    await aws.close();
  });

  const run = async (properties: Record<string, unknown>) =>
    (await handler(resourceEvent('Create', properties))).Data?.['Summary'] as string;
  const writes = () => aws.calls.map(({ operation }) => operation).filter((name) => !/^(Describe|List|Get)/.test(name));
  const inputOf = (name: string) => aws.calls.find(({ operation }) => operation === name)?.input;

  it('calls nothing where nothing was asked for', async () => {
    assert.equal(await run(NOTHING), 'Nothing was to be turned on.');
    assert.deepEqual(aws.calls, []);
  });

  it('turns AWS Config on: role, recorder, delivery, start, in this order', async () => {
    aws.answers = CONFIG_OFF;

    assert.match(await run(CONFIG), /^Turned on by this product: AWS Config\. They stay on when it is terminated\.$/);

    assert.deepEqual(writes(), [
      'CreateServiceLinkedRole',
      'PutConfigurationRecorder',
      'PutDeliveryChannel',
      'StartConfigurationRecorder',
    ]);
    assert.deepEqual(inputOf('PutConfigurationRecorder'), {
      ConfigurationRecorder: {
        name: 'virtual-soc',
        roleARN: ROLE,
        recordingGroup: { allSupported: true, includeGlobalResourceTypes: true },
      },
    });
    assert.deepEqual(inputOf('PutDeliveryChannel'), {
      DeliveryChannel: { name: 'virtual-soc', s3BucketName: 'history' },
    });
  });

  it('does not touch a recorder that is there', async () => {
    aws.answers = recorder('default', { recording: true });

    assert.equal(await run(CONFIG), 'On before, and not touched: AWS Config.');
    assert.deepEqual(writes(), []);
  });

  it('does not start a recorder that somebody has stopped', async () => {
    aws.answers = recorder('virtual-soc', { recording: false, lastStartTime: 1795000000 });

    assert.equal(await run(CONFIG), 'Set up before but stopped, and not touched: AWS Config.');
    assert.deepEqual(writes(), []);
  });

  it('goes on with a recorder of ours that was never started', async () => {
    aws.answers = recorder('virtual-soc', { recording: false });

    await run(CONFIG);

    assert.deepEqual(writes().at(-1), 'StartConfigurationRecorder');
  });

  it('does not take the recorder of a service for that of the account', async () => {
    aws.answers = {
      ...CONFIG_OFF,
      DescribeConfigurationRecorders: () => ({
        ConfigurationRecorders: [{ name: 'AWSConfigurationRecorderForX', servicePrincipal: 'x.amazonaws.com' }],
      }),
    };

    assert.match(await run(CONFIG), /^Turned on/);
  });

  it('keeps a delivery channel that is there', async () => {
    aws.answers = { ...CONFIG_OFF, DescribeDeliveryChannels: () => ({ DeliveryChannels: [{ name: 'default' }] }) };

    await run(CONFIG);

    assert.ok(!writes().includes('PutDeliveryChannel'));
  });

  it('uses the role of AWS Config where it is there, and waits for a new one', async () => {
    let attempts = 0;
    aws.answers = {
      ...CONFIG_OFF,
      CreateServiceLinkedRole: fail('InvalidInput', 'Service role name AWSServiceRoleForConfig has been taken.'),
      PutConfigurationRecorder: () => {
        attempts += 1;
        if (attempts < 3) throw new AwsError('InvalidRoleException');
        return {};
      },
    };

    await configSwitch(securityHubTarget(ACCOUNT, REGION), 'history', 0).turnOn();

    assert.equal(attempts, 3);
  });

  it('turns Security Hub on without standards, with consolidated control findings', async () => {
    aws.answers = { DescribeHub: fail('InvalidAccessException'), EnableSecurityHub: () => ({}) };

    await run({ ...NOTHING, EnableSecurityHub: 'yes' });

    assert.deepEqual(inputOf('EnableSecurityHub'), {
      EnableDefaultStandards: false,
      ControlFindingGenerator: 'SECURITY_CONTROL',
    });
  });

  it('turns Security Hub on with standards where they were asked for', async () => {
    aws.answers = { DescribeHub: fail('InvalidAccessException'), EnableSecurityHub: () => ({}) };

    await run({ ...NOTHING, EnableSecurityHub: 'yes', SecurityHubStandards: 'yes' });

    assert.equal(inputOf('EnableSecurityHub')?.['EnableDefaultStandards'], true);
  });

  it('turns GuardDuty on', async () => {
    aws.answers = { ListDetectors: () => ({ detectorIds: [] }), CreateDetector: () => ({ detectorId: 'd' }) };

    await run({ ...NOTHING, EnableGuardDuty: 'yes' });

    assert.equal(inputOf('CreateDetector')?.['enable'], true);
  });

  it('does not touch a detector that is suspended', async () => {
    aws.answers = {
      ListDetectors: () => ({ detectorIds: ['d'] }),
      GetDetector: () => ({ status: 'DISABLED', serviceRole: 'role' }),
    };

    assert.equal(
      await run({ ...NOTHING, EnableGuardDuty: 'yes' }),
      'Set up before but stopped, and not touched: GuardDuty.',
    );
    assert.deepEqual(writes(), []);
  });

  it('says which service cannot be turned on and why, and what stays on', async () => {
    aws.answers = {
      ...CONFIG_OFF,
      DescribeHub: fail('InvalidAccessException'),
      EnableSecurityHub: fail('AccessDeniedException', 'explicit deny in a service control policy'),
    };

    await assert.rejects(run({ ...CONFIG, EnableSecurityHub: 'yes' }), {
      message:
        'Security Hub (CSPM) cannot be turned on (AccessDeniedException): explicit deny in a service control policy. ' +
        'Turned on before it, and still on: AWS Config.',
    });
  });

  it('remembers over an update what it has turned on', async () => {
    aws.answers = CONFIG_OFF;
    const { PhysicalResourceId } = await handler(resourceEvent('Create', CONFIG));
    aws.answers = { ...recorder('virtual-soc', { recording: true }), ListDetectors: () => ({ detectorIds: ['d'] }) };
    aws.answers = { ...aws.answers, GetDetector: () => ({ status: 'ENABLED', serviceRole: 'role' }) };

    const updated = await handler(resourceEvent('Update', { ...CONFIG, EnableGuardDuty: 'yes' }, PhysicalResourceId));

    assert.equal(
      updated.Data?.['Summary'],
      'Turned on by this product: AWS Config. They stay on when it is terminated. On before, and not touched: GuardDuty.',
    );
  });

  it('turns nothing off on delete', async () => {
    assert.deepEqual(await handler(resourceEvent('Delete', CONFIG, 'services:AWS Config')), {
      PhysicalResourceId: 'services:AWS Config',
    });
    assert.deepEqual(aws.calls, []);
  });
});

describe('enable-services with the local Security Hub', () => {
  it('turns it on once, and leaves it alone then', async () => {
    const { securityHubSwitch } = await import('../../lambda/enable-services-switches.ts');
    const hub = await startSecurityHub({ account: ACCOUNT, region: REGION, enabled: false });
    const restore = setEnvironment({
      AWS_ENDPOINT_URL_SECURITYHUB: hub.url,
      AWS_ACCESS_KEY_ID: 'local',
      AWS_SECRET_ACCESS_KEY: 'local',
    });
    try {
      const service = securityHubSwitch(REGION, false);
      const before = await service.state();
      await service.turnOn();

      assert.deepEqual([before, await service.state()], ['off', 'on']);
    } finally {
      restore();
      await hub.close();
    }
  });
});
