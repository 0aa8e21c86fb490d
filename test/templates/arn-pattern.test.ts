import assert from 'node:assert/strict';
import { canBe, fits } from './arn-pattern.ts';

describe('canBe', () => {
  const SNAPSHOT = 'arn:${Partition}:ec2:${Region}::snapshot/${SnapshotId}';
  const BUCKET = 'arn:${Partition}:s3:::${BucketName}';
  const OBJECT = 'arn:${Partition}:s3:::${BucketName}/${ObjectName}';
  const ROLE = 'arn:${Partition}:iam::${Account}:role/${RoleNameWithPath}';

  it('compares what both sides leave open', () => {
    assert.ok(canBe('*', SNAPSHOT));
    assert.ok(canBe('arn:*', SNAPSHOT));
    assert.ok(canBe('arn:aws:ec2:*::snapshot/snap-?', SNAPSHOT));
    assert.ok(canBe('arn:aws:ec2:*:*', SNAPSHOT));
    assert.ok(canBe('arn:aws:iam::111122223333:role/virtual-soc/*', ROLE));
  });

  it('tells types apart by what is written out', () => {
    assert.ok(!canBe('arn:aws:ec2:*::image/*', SNAPSHOT));
    assert.ok(!canBe('arn:aws:ec2:*:111122223333:snapshot/*', SNAPSHOT));
    assert.ok(!canBe('arn:aws:iam::111122223333:user/*', ROLE));
    assert.ok(!canBe('arn:aws:iam:*:*:user/role/x', ROLE));
  });

  it('asks for a letter at least where a name is', () => {
    assert.ok(!canBe('arn:aws:s3:::', BUCKET));
    assert.ok(!canBe('arn:aws:iam::111122223333:role/', ROLE));
  });

  it('knows an object from a bucket', () => {
    assert.ok(canBe('arn:aws:s3:::bucket', BUCKET) && !canBe('arn:aws:s3:::bucket', OBJECT));
    assert.ok(canBe('arn:aws:s3:::bucket/a/b', OBJECT) && !canBe('arn:aws:s3:::bucket/a/b', BUCKET));
    assert.ok(canBe('arn:aws:s3:::*', BUCKET) && canBe('arn:aws:s3:::*', OBJECT));
  });
});

describe('fits', () => {
  it('compares in any case, with wildcards', () => {
    assert.ok(fits('s3:GetObject', 'S3:getobject'));
    assert.ok(fits('s3:GetObjectAcl', 's3:GetObject*'));
    assert.ok(!fits('s3:GetObject', 's3:GetObject?'));
    assert.ok(!fits('s3:GetObject', 's3:Get'));
  });
});
