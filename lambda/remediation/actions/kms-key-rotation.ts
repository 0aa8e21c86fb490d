/** Turns on the yearly rotation of a KMS key. https://docs.aws.amazon.com/kms/latest/APIReference/API_EnableKeyRotation.html */
import { action } from '../action.ts';
import { apiCall } from '../aws-call.ts';
import { readTags } from '../resource-tags.ts';
import { nameOf, subjectOfArn } from '../subject.ts';

const KEY = 'arn:{partition}:kms:{region}:{account}:key/{key}';

/** The period is null where rotation is off. */
interface Rotation {
  readonly [name: string]: boolean | number | null;
  readonly KeyRotationEnabled: boolean;
  readonly RotationPeriodInDays: number | null;
}

/** Days, the period that KMS takes by itself. */
const YEARLY = 365;

export const kmsKeyRotation = action<Rotation>({
  id: 'kms-key-rotation',
  title: 'Turns on rotation of the KMS key',
  case: 'impact',
  techniques: ['T1485', 'T1486', 'T1552'],
  rules: { config: ['cmk-backing-key-rotation-enabled'], securityhub: ['KMS.4'] },
  resourceTypes: ['AwsKmsKey'],
  risk: 'low',
  cost: 'KMS charges monthly for the first two rotations of a key',
  permissions: {
    read: [{ actions: ['kms:DescribeKey', 'kms:GetKeyRotationStatus', 'kms:ListResourceTags'], resources: [KEY] }],
    apply: [{ actions: ['kms:EnableKeyRotation'], resources: [KEY] }],
    undo: [{ actions: ['kms:DisableKeyRotation'], resources: [KEY] }],
  },
  goneErrors: ['NotFoundException'],
  identify: (resource, source) => subjectOfArn(resource, source, 'kms', /^key\/(?<key>[\w-]+)$/),
  read: async ({ resourceId }, session) => {
    const { KeyMetadata: key } = await session.call('kms', 'DescribeKey', { KeyId: resourceId });
    if (key === undefined || key.KeyState === 'PendingDeletion' || key.KeyState === 'PendingReplicaDeletion') {
      return { outcome: 'gone', reason: 'the key is being deleted' };
    }
    const rotates =
      key.KeyManager === 'CUSTOMER' &&
      key.KeySpec === 'SYMMETRIC_DEFAULT' &&
      key.Origin === 'AWS_KMS' &&
      key.CustomKeyStoreId === undefined &&
      key.KeyState === 'Enabled' &&
      key.MultiRegionConfiguration?.MultiRegionKeyType !== 'REPLICA';
    if (!rotates)
      return {
        outcome: 'not-applicable',
        reason: 'KMS rotates only enabled symmetric keys of customers, and primaries',
      };
    const status = await session.call('kms', 'GetKeyRotationStatus', { KeyId: resourceId });
    // A key has no more tags than one page. https://docs.aws.amazon.com/kms/latest/APIReference/API_ListResourceTags.html
    const tags = await readTags(async () => {
      const { Tags = [] } = await session.call('kms', 'ListResourceTags', { KeyId: resourceId });
      return Tags.map(({ TagKey, TagValue }) => ({ Key: TagKey, Value: TagValue }));
    });
    const KeyRotationEnabled = status.KeyRotationEnabled ?? false;
    return {
      state: {
        KeyRotationEnabled,
        RotationPeriodInDays: KeyRotationEnabled ? (status.RotationPeriodInDays ?? YEARLY) : null,
      },
      ...tags,
    };
  },
  wanted: (state) => (state.KeyRotationEnabled ? state : { KeyRotationEnabled: true, RotationPeriodInDays: YEARLY }),
  change: (subject, _from, { KeyRotationEnabled, RotationPeriodInDays }) => {
    const KeyId = nameOf(subject, 'key');
    if (!KeyRotationEnabled) return [apiCall('kms', 'DisableKeyRotation', { KeyId })];
    return [apiCall('kms', 'EnableKeyRotation', { KeyId, RotationPeriodInDays: RotationPeriodInDays ?? YEARLY })];
  },
});
