import assert from 'node:assert/strict';
import { causeOf } from '../../local/rollout/failure-causes.ts';

describe('causeOf', () => {
  for (const [reason, code] of [
    [
      'NoAvailableConfigurationRecorderException: There is no configuration recorder available to record.',
      'no-recorder',
    ],
    ['Configuration recorder is not available to put delivery channel.', 'no-recorder'],
    ['Failed to put configuration recorder: MaxNumberOfConfigurationRecordersExceededException', 'recorder-exists'],
    ['Insufficient delivery policy to s3 bucket: config-history, unable to write to bucket', 'delivery-bucket'],
    [
      'Service role name AWSServiceRoleForConfig has been taken in this account, please try a different suffix.',
      'service-role-exists',
    ],
    ['MaxNumberOfConfigRulesExceededException: 1000 rules', 'rule-limit'],
    ['MaxNumberOfConformancePacksExceededException', 'pack-limit'],
    [
      'User: arn:aws:sts::1:assumed-role/stacksets-exec-1/x is not authorized to perform: config:PutConformancePack with an explicit deny in a service control policy',
      'policy-denied',
    ],
    ['Account 888800000002 is suspended', 'suspended'],
    ['The security token included in the request is invalid', 'region-disabled'],
    ['Region eu-south-1 is disabled', 'region-disabled'],
    [
      'ResourceLogicalId:Publish, ResourceType:AWS::IAM::Role: Role with name virtual-soc-publish already exists.',
      'role-exists',
    ],
    [
      "Resource of type 'AWS::Config::ConformancePack' with identifier 'virtual-soc-identity' already exists.",
      'name-taken',
    ],
    ["Account 1 should have 'stacksets-exec-1' role with trust relationship to Role", 'stack-set-role'],
    ['S3 error: Access Denied', 'template-unreadable'],
    ['Rate exceeded (Service: Config, Status Code: 400)', 'throttled'],
    ['Cancelled since failure tolerance has exceeded', 'cancelled'],
    ['User: x is not authorized to perform: iam:CreateRole', 'denied'],
    ['Conformance pack virtual-soc-identity failed to create', 'pack-failed'],
    ['Something nobody has seen', 'other'],
    [undefined, 'other'],
  ] as const) {
    it(`takes "${reason ?? 'no reason'}" as ${code}, with a remedy`, () => {
      const cause = causeOf(reason);

      assert.equal(cause.code, code);
      assert.ok(cause.what.length > 0 && cause.remedy.length > 0);
    });
  }
});
