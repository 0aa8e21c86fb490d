import { kmsKeyRotation } from '../../../../lambda/remediation/actions/kms-key-rotation.ts';
import { call, keepsItsContract } from '../../../support/action-contract.ts';
import { ServiceError } from '../../../support/service-stand-in.ts';

const ID = '1234abcd-12ab-34cd-56ef-1234567890ab';
const ARN = `arn:aws:kms:eu-west-1:444455556666:key/${ID}`;
const METADATA = {
  KeyId: ID,
  KeyManager: 'CUSTOMER',
  KeySpec: 'SYMMETRIC_DEFAULT',
  Origin: 'AWS_KMS',
  KeyState: 'Enabled',
};
const described = (changes: object = {}) => ({
  'kms:DescribeKey': { KeyMetadata: { ...METADATA, ...changes } },
  'kms:ListResourceTags': { Tags: [{ TagKey: 'env', TagValue: 'prod' }], Truncated: false },
});

keepsItsContract({
  action: kmsKeyRotation,
  resource: { Type: 'AwsKmsKey', Id: ARN },
  before: { KeyRotationEnabled: false, RotationPeriodInDays: null },
  after: { KeyRotationEnabled: true, RotationPeriodInDays: 365 },
  off: { ...described(), 'kms:GetKeyRotationStatus': { KeyId: ARN, KeyRotationEnabled: false } },
  on: {
    ...described(),
    'kms:GetKeyRotationStatus': { KeyId: ARN, KeyRotationEnabled: true, RotationPeriodInDays: 365 },
  },
  reads: ['kms:DescribeKey', 'kms:GetKeyRotationStatus', 'kms:ListResourceTags'].map((name) =>
    call(name, { KeyId: ARN }),
  ),
  tagReads: ['kms:ListResourceTags'],
  tags: { env: 'prod' },
  applies: [call('kms:EnableKeyRotation', { KeyId: ID, RotationPeriodInDays: 365 })],
  undoes: [call('kms:DisableKeyRotation', { KeyId: ID })],
  gone: [
    { 'kms:DescribeKey': new ServiceError('NotFoundException') },
    { 'kms:DescribeKey': described({ KeyState: 'PendingDeletion' })['kms:DescribeKey'] },
  ],
  notApplicable: {
    'AWS manages the key': described({ KeyManager: 'AWS' }),
    'the key is asymmetric': described({ KeySpec: 'RSA_2048' }),
    'its material was imported': described({ Origin: 'EXTERNAL' }),
    'the key is a replica': described({ MultiRegionConfiguration: { MultiRegionKeyType: 'REPLICA' } }),
  },
  foreign: [
    { Type: 'AwsKmsKey', Id: 'arn:aws:kms:eu-west-1:444455556666:key/*' },
    { Type: 'AwsKmsKey', Id: 'arn:aws:kms:eu-west-1:444455556666:alias/payments' },
    { Type: 'AwsKmsKey', Id: ID },
  ],
  sessionResources: { plan: [ARN], apply: [ARN], undo: [ARN] },
});
