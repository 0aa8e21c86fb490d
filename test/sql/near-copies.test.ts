import assert from 'node:assert/strict';
import { findNearCopies } from '../../sql/near-copies.ts';

const text = (words: string, ...without: string[]) => ({ text: words, without });

describe('findNearCopies', () => {
  it('passes texts that share a subject and say different things', () => {
    const texts = [
      text('Anyone on the internet lists the bucket and downloads every object.'),
      text('A leaked link hands its finder one object until it expires.'),
    ];

    assert.deepEqual(findNearCopies(texts), []);
  });

  it('finds texts that differ in names of services, of the rule and of the technique only', () => {
    const texts = [
      text('Passwords sprayed at the Redshift cluster meet no second hurdle.', 'redshift-public', 'Password Spraying'),
      text('Passwords sprayed at the Neptune cluster meet no second hurdle.', 'neptune-public', 'Password Spraying'),
    ];

    assert.deepEqual(findNearCopies(texts), [{ index: 1, like: 0, words: 6 }]);
  });

  it('finds texts from a similarity of 0.8 on, and none below it', () => {
    const base = 'alpha bravo charlie delta echo foxtrot golf hotel india';
    const four = text('alpha bravo charlie delta');
    const five = text('alpha bravo charlie delta juliett');

    assert.deepEqual(findNearCopies([text(base), text(`${base} kilo lima`)]), [{ index: 1, like: 0, words: 11 }]);
    assert.deepEqual(findNearCopies([text(base), text(`${base} kilo lima mike`)]), []);
    assert.deepEqual(findNearCopies([four, five]), [{ index: 1, like: 0, words: 5 }]);
  });

  it('finds a text that has nothing of its own', () => {
    const texts = [text('The bucket of S3 is public.', 's3-bucket-public')];

    assert.deepEqual(findNearCopies(texts), [{ index: 0, like: undefined, words: 0 }]);
  });

  it('finds what comparing each with each finds', () => {
    const words = ['ash', 'birch', 'cedar', 'elm', 'fir', 'hazel', 'larch', 'maple', 'oak', 'pine'];
    const texts = Array.from({ length: 300 }, (_, index) =>
      text(words.filter((_word, place) => (index * 7919 + place * 104729) % 11 < 6).join(' ')),
    );
    const bags = texts.map((own) => new Set(own.text.split(' ')));
    const alike = (a: Set<string>, b: Set<string>) => {
      const common = [...a].filter((word) => b.has(word)).length;
      return common / (a.size + b.size - common) >= 0.8;
    };

    const expected = bags.flatMap((bag, index) => {
      if (bag.size < 3) return [index];
      return bags.slice(0, index).some((other) => other.size >= 3 && alike(bag, other)) ? [index] : [];
    });

    assert.deepEqual(
      findNearCopies(texts).map(({ index }) => index),
      expected,
    );
  });
});
