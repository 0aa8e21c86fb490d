import assert from 'node:assert/strict';
import { Resource$ } from '@aws-sdk/client-securityhub';
import { compileShape, describeViolations } from '../../../local/security-hub/shape.ts';

describe('compileShape', () => {
  it('refuses a limit for an attribute that does not exist', () => {
    assert.throws(() => compileShape(Resource$, { 'Tags.Colour': {} }), /unknown attributes: Tags\.Colour/);
  });

  it('applies limits at any depth', () => {
    const check = compileShape(Resource$, { 'Details.AwsS3Bucket.OwnerName': { maximumLength: 3 } });

    const violations = check({ Type: 'AwsS3Bucket', Id: 'x', Details: { AwsS3Bucket: { OwnerName: 'abcd' } } });

    assert.equal(
      describeViolations(violations),
      'data.Details.AwsS3Bucket.OwnerName should NOT be longer than 3 characters',
    );
  });
});
