/** @file Folds: each sample once, classes in equal shares, groups together. */
import t from 'tap';
import { foldCount, foldsOf } from '../../lib/many/folds.js';

const counts = (folds: Int32Array, of: (n: number) => boolean = () => true) => {
  const result = new Array(foldCount(folds)).fill(0);
  folds.forEach((fold, n) => {
    if (of(n)) result[fold]++;
  });
  return result;
};
const spread = (values: readonly number[]) => Math.max(...values) - Math.min(...values);

t.test('sizes differ by one at most, and follow from the seed', async (t) => {
  const folds = foldsOf(23, null, { folds: 5, seed: 7 });
  t.equal(folds.length, 23);
  t.same(counts(folds).sort(), [4, 4, 5, 5, 5]);
  t.same(foldsOf(23, null, { folds: 5, seed: 7 }), folds);
  t.notSame(foldsOf(23, null, { folds: 5, seed: 8 }), folds);
  t.same(counts(foldsOf(6, null, { folds: 6 })), [1, 1, 1, 1, 1, 1], 'each sample by itself');
  t.equal(foldCount(foldsOf(50, null, {})), 5, 'five by default');
});

t.test('each class is spread evenly, too', async (t) => {
  const label = (n: number) => (n < 7 ? 0 : n < 20 ? 1 : 2);
  const data = Float64Array.from({ length: 3 * 53 }, (_, i) => Number(label(Math.floor(i / 3)) === i % 3));
  const folds = foldsOf(53, { data, shape: [53, 3] }, { folds: 4 });
  t.ok(spread(counts(folds)) <= 1);
  for (const j of [0, 1, 2]) t.ok(spread(counts(folds, (n) => label(n) === j)) <= 1, `class ${j}`);
});

t.test('groups stay together', async (t) => {
  const groups = Array.from({ length: 40 }, (_, n) => `patient ${n % 13}`);
  const folds = foldsOf(40, null, { folds: 4, groups });
  for (let n = 13; n < 40; n++) t.equal(folds[n], folds[n - 13]);
  t.ok(spread(counts(folds)) <= 4, 'no more than a group apart');
});

t.test('folds of your own', async (t) => {
  t.same(foldsOf(5, null, { folds: [1, 0, 1, 2, 0] }), Int32Array.of(1, 0, 1, 2, 0));
});

t.test('misuse', async (t) => {
  const refused = (samples: number, options: object, message: RegExp) =>
    t.throws(() => foldsOf(samples, null, options), { code: 'ERR_OPTION', message });
  refused(4, { folds: 5 }, /integer between 2 and 4 for folds but received 5/);
  refused(4, { folds: 1 }, /integer between 2 and 4 for folds/);
  refused(4, { folds: [0, 1] }, /a number, or 4 folds, one a sample, for folds/);
  refused(4, { folds: [0, 2, 0, 2] }, /fold 1 has none/);
  refused(3, { folds: [0, 0, 0] }, /at least two folds/);
  refused(3, { folds: [0, 0.5, 1] }, /entry 1 of folds/);
  refused(4, { groups: ['a', 'b'], folds: 2 }, /4 names, one a sample, for groups/);
  refused(
    4,
    { groups: ['a', 'b', 'a', 'b'], folds: 3 },
    /as many groups as folds, 3, or more for groups but received 2/,
  );
  refused(2, { folds: [0, 1], groups: ['a', 'b'] }, /either groups or a fold for each sample/);
});
