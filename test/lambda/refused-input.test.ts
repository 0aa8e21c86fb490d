import assert from 'node:assert/strict';
import { RefusedInput, withoutContent } from '../../lambda/refused-input.ts';

const driverError = (message: string) =>
  Object.assign(new Error(message), {
    name: 'SequelizeDatabaseError',
    parent: Object.assign(new Error(message), { code: '22P02' }),
    sql: `INSERT '${message}'`,
    parameters: [message],
  });

describe('withoutContent', () => {
  it('keeps name and SQLSTATE of an error of the database driver, and none of its values', () => {
    const safe = withoutContent(driverError('invalid input: "top secret"'));

    assert.equal(safe.message, 'SequelizeDatabaseError 22P02');
    assert.doesNotMatch(JSON.stringify({ ...safe, stack: safe.stack }), /top secret/);
  });

  it('keeps no line of a message that runs over several', () => {
    const safe = withoutContent(driverError('invalid input:\n    at top secret\nand more of the top secret value'));

    assert.doesNotMatch(safe.stack ?? '', /top secret/);
  });

  it('still says where the error happened', () => {
    assert.match(withoutContent(driverError('invalid input')).stack ?? '', /\n\s+at .*refused-input\.test\.ts/);
  });

  it('keeps name and HTTP status of an error of the SDK, and none of its message', () => {
    const error = Object.assign(new Error('Findings.0.Title: top secret'), {
      name: 'ValidationException',
      $metadata: { httpStatusCode: 400 },
    });

    const safe = withoutContent(error);

    assert.equal(safe.message, 'ValidationException 400');
    assert.doesNotMatch(safe.stack ?? '', /top secret/);
  });

  it('passes an error of our own on as it is', () => {
    const error = new RefusedInput('PostgreSQL refuses a value (SQLSTATE 22P02)');

    assert.equal(withoutContent(error), error);
  });

  it('says only the type of what was thrown and is no error', () => {
    assert.equal(withoutContent('top secret').message, 'string');
  });
});
