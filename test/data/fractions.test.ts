/** @file Fractions of the rows as whole numbers of them: every row in one part, none empty. */
import t from 'tap';
import { apportion, type SplitOption, splitRows } from '../../lib/data/split.js';
import { readOptions } from '../../lib/options/options.js';
import { options } from '../train/problem.js';

function counts(option: SplitOption, rows: number): number[] {
  const { training, validation, test } = splitRows(option, rows, null, 1);
  const parts = [training, validation, test].filter((part) => part !== null);
  const all = parts.flatMap((part) => [...part]);
  if (new Set(all).size !== all.length) throw new Error('a row is in two parts');
  return parts.map((part) => part.length);
}

const sum = (numbers: readonly number[]) => numbers.reduce((total, number) => total + number, 0);

const whole: number[][] = [
  [0.5, 0.5],
  [0.9, 0.1],
  [0.8, 0.2],
  [0.7, 0.3],
  [2 / 3, 1 / 3],
  [0.55, 0.45],
  [0.5, 0.25, 0.25],
  [0.7, 0.15, 0.15],
  [0.6, 0.2, 0.2],
  [0.8, 0.1, 0.1],
  [0.1, 0.2, 0.7],
  [0.333, 0.333, 0.334],
  [1 / 3, 1 / 3, 1 / 3],
  [0.45, 0.35, 0.2],
  [0.15, 0.15, 0.7],
];

t.test('fractions that add up to 1 use every row and leave none of the parts empty', async (t) => {
  for (const [training, validation, test] of whole) {
    const option = { training, validation, ...(test !== undefined && { test }) };
    const parts = test === undefined ? 2 : 3;
    for (let rows = parts; rows <= 300; rows++) {
      const found = counts(option, rows);
      const name = `${JSON.stringify(option)} of ${rows}: ${found}`;
      if (sum(found) !== rows || Math.min(...found) < 1) t.fail(name);
      const away = found.map((count, i) => Math.abs(count - [training, validation, test][i] * rows));
      if (rows >= 10 && Math.max(...away) >= 1) t.fail(`${name}, more than a row away`);
    }
  }
  t.strictSame(counts({ training: 0.5, validation: 0.5 }, 13), [7, 6]);
  t.strictSame(counts({ training: 0.6, validation: 0.2, test: 0.2 }, 13), [8, 3, 2]);
  t.strictSame(counts({ training: 0.7, validation: 0.15, test: 0.15 }, 4), [2, 1, 1]);
  t.strictSame(counts({ training: 0.333, validation: 0.333, test: 0.334 }, 10), [3, 3, 4]);
});

t.test('a training part without a fraction takes what the others leave', async (t) => {
  for (const [, validation, test] of whole) {
    const option = { validation, ...(test !== undefined && { test }) };
    for (let rows = test === undefined ? 2 : 3; rows <= 300; rows++) {
      const found = counts(option, rows);
      if (sum(found) !== rows || Math.min(...found) < 1) t.fail(`${JSON.stringify(option)} of ${rows}: ${found}`);
      const alone = Math.round(validation * rows);
      if (test === undefined && alone > 0 && alone < rows && found[1] !== alone) t.fail(`${validation} of ${rows}`);
    }
  }
  t.strictSame(counts({ validation: 0.45, test: 0.45 }, 10), [1, 5, 4]);
});

t.test('fractions that add up to less than 1 leave the rest out', async (t) => {
  t.strictSame(counts({ training: 0.5 }, 101), [51]);
  t.strictSame(counts({ training: 0.5, test: 0.25 }, 100), [50, 25]);
  t.strictSame(counts({ training: 0.25, validation: 0.25 }, 10), [3, 2]);
  for (let rows = 4; rows <= 300; rows++) {
    const found = counts({ training: 0.6, validation: 0.1, test: 0.1 }, rows);
    if (Math.abs(sum(found) - 0.8 * rows) > 1.3) t.fail(`${rows}: ${found}`);
  }
});

t.test('what cannot be', async (t) => {
  const cases: [SplitOption, number, RegExp][] = [
    [{ training: 0.5, validation: 0.25, test: 0.25 }, 2, /a row for each of training, validation, test, but there are/],
    [{ training: 0.5, validation: 0.51 }, 1000, /add up to at most 1/],
    [{ training: 0.5, validation: 0.25, test: 0.2501 }, 10, /add up to at most 1/],
    [{ training: 0.99, test: 0.01 }, 12, /leaves one for test, but it gets none/],
    [{ training: Number.NaN }, 12, /leaves one for training, but it gets none/],
  ];
  for (const [option, rows, message] of cases) {
    t.throws(() => splitRows(option, rows, null, 0), { code: 'ERR_OPTION', message }, JSON.stringify(option));
  }
});

t.test('the fraction of train() leaves samples on both sides', async (t) => {
  const held = (validation: number, samples: number) => {
    const rows = Array.from({ length: samples }, (_, i) => [i, i * i]);
    const task = readOptions(options({ inputs: rows, targets: rows, validation }));
    return [task.training, task.validation].map((part) => part?.inputs.shape[0] as number);
  };
  for (const fraction of [0.1, 0.2, 0.25, 0.3, 0.5, 0.75, 0.9]) {
    for (let samples = 2; samples <= 300; samples++) {
      const [training, validation] = held(fraction, samples);
      const isNear = Math.abs(validation - fraction * samples) <= (samples > 9 ? 0.5 : 1);
      if (training + validation !== samples || training < 1 || validation < 1 || !isNear)
        t.fail(`${fraction} ${samples}`);
    }
  }
  t.strictSame(held(0.2, 2), [1, 1]);
  t.strictSame(held(0.3, 50), [35, 15]);
  t.throws(() => held(0.2, 1), { code: 'ERR_OPTION', message: /leaves samples on both sides for validation/ });
});

t.test('shares with a least number', async (t) => {
  t.strictSame(apportion([9.9, 0.1], [1, 1], 10), [9, 1]);
  t.strictSame(apportion([2.5, 2.5], [1, 1], 5), [3, 2], 'the first of equal remainders');
  t.strictSame(apportion([7.0000001, 2.9999999], [0, 0], 10), [7, 3]);
});
