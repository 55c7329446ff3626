import t from 'tap';
import { type SplitOption, splitRows, toOrder } from '../../lib/data/split.js';

const rows = (part: Int32Array | null) => (part === null ? null : [...part]);

t.test('ranges count the rows of the file', async (t) => {
  const split = splitRows(
    {
      training: [
        [0, 3],
        [8, 9],
      ],
      test: [4, 6],
    },
    10,
    null,
    0,
  );
  t.strictSame(rows(split.training), [0, 1, 2, 8]);
  t.equal(split.validation, null);
  t.strictSame(rows(split.test), [4, 5]);
});

t.test('ranges of a permutation', async (t) => {
  const order = toOrder(Float64Array.of(4, 2, 0, 1, 3), 5);
  const split = splitRows({ training: [0, 3], validation: [3, 5] }, 5, order, 0);
  t.strictSame(rows(split.training), [0, 2, 4], 'in the order of the file');
  t.strictSame(rows(split.validation), [1, 3]);
});

t.test('fractions: all rows once, the same for the same seed', async (t) => {
  const split = (option: SplitOption, seed: number) => splitRows(option, 101, null, seed);
  const { training, validation, test } = split({ validation: 0.2, test: 0.1 }, 7);
  t.strictSame([training.length, validation?.length, test?.length], [71, 20, 10]);
  const all = [...training, ...(validation ?? []), ...(test ?? [])];
  t.strictSame(
    [...all].sort((a, b) => a - b),
    Array.from({ length: 101 }, (_, i) => i),
  );
  t.notSame(
    all,
    [...all].sort((a, b) => a - b),
    'shuffled',
  );
  t.strictSame(split({ validation: 0.2, test: 0.1 }, 7).training, training);
  t.notSame(split({ validation: 0.2, test: 0.1 }, 8).training, training);
  t.strictSame(split({ validation: 0.2, test: 0.1, seed: 7 }, 8).training, training, 'a seed of its own');
  t.equal(split({ training: 0.5 }, 7).training.length, 51);
});

t.test('fractions of a permutation are taken in its order, and stay in that of the file', async (t) => {
  const { training, test } = splitRows({ test: 0.5 }, 4, Int32Array.of(3, 1, 2, 0), 0);
  t.strictSame(
    [rows(training), rows(test)],
    [
      [1, 3],
      [0, 2],
    ],
  );
});

t.test('what cannot be', async (t) => {
  const cases: [SplitOption, RegExp][] = [
    [{ training: [0, 5], test: 0.2 }, /only fractions or only ranges, but received both \(training, test\)/],
    [{ test: [0, 5] }, /rows for training, but none are given/],
    [{ training: [0, 11] }, /inside of the 10 rows, but training has \[0, 11\]/],
    [{ training: [5, 5] }, /but training has \[5, 5\]/],
    [{ training: [0, 5], validation: [4, 6] }, /share no row, but row 4 of validation is taken twice/],
    [
      {
        training: [
          [0, 5],
          [2, 3],
        ],
      },
      /row 2 of training is taken twice/,
    ],
    [{ training: 0.6, test: 0.6 }, /add up to at most 1/],
    [{ validation: 0.5, test: 0.5 }, /leaves one for training, but it gets none/],
    [{ test: 0.01 }, /leaves one for test, but it gets none/],
  ];
  for (const [option, message] of cases) {
    t.throws(() => splitRows(option, 10, null, 0), { code: 'ERR_OPTION', message }, JSON.stringify(option));
  }
});

t.test('permutations', async (t) => {
  t.throws(() => toOrder(Float64Array.of(0, 1, 5), 3), { code: 'ERR_OPTION', message: /entry 2 is 5/ });
  t.throws(() => toOrder(Float64Array.of(0, 0.5), 3), { code: 'ERR_OPTION', message: /entry 1 is 0.5/ });
  t.throws(() => toOrder(Float64Array.of(2, 0, 2), 3), { code: 'ERR_OPTION', message: /entry 2 repeats row 2/ });
  t.strictSame(rows(toOrder(Float64Array.of(2, 0), 3)), [2, 0], 'a part of the rows');
});
