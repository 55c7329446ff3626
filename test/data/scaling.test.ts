import { test } from 'tap';
import { type Matrix, matrix } from '../../lib/data/matrix.js';
import {
  applyScaling as applyInPlace,
  type ColumnScaling,
  checkColumnwise,
  checkScaling,
  fitScaling as fitSteps,
  type Scaling,
  undoScaling,
} from '../../lib/data/scaling.js';
import { noCancel } from '../../lib/job/cancel.js';
import { driveSync } from '../../lib/job/job.js';
import { Random } from '../../lib/random.js';
import { fitInputScaling } from '../../lib/train/problem/inputScaling.js';
import { arrayOf, fixture } from '../support/fixtures.js';
import { normal, randomMatrix } from '../support/models.js';
import { close, onBackends, transposed } from '../support/reference.js';

const fitScaling = (option: ColumnScaling, m: Matrix) => driveSync(fitSteps(option, m));
const applyScaling = (scaling: Scaling, data: Float64Array) => applyInPlace(scaling, data.slice());

function momentsOf(data: Float64Array, cols: number) {
  const rows = data.length / cols;
  return Array.from({ length: cols }, (_, j) => {
    const column = data.filter((_, i) => i % cols === j);
    const mean = column.reduce((sum, x) => sum + x, 0) / rows;
    return { mean, variance: column.reduce((sum, x) => sum + (x - mean) ** 2, 0) / rows };
  });
}

test('standardize: every column to mean 0 and deviation 1', async (t) => {
  const m = randomMatrix(200, 3);
  const shifted = { ...m, data: m.data.map((x, i) => 10 ** (i % 3) * x + (i % 3) * 100) };
  const scaling = fitScaling('standardize', shifted);
  for (const { mean, variance } of momentsOf(applyScaling(scaling, shifted.data), 3)) {
    t.ok(Math.abs(mean) < 1e-13 && Math.abs(variance - 1) < 1e-13);
  }
});

test('uniform: one number for all columns', async (t) => {
  const m = randomMatrix(100, 4);
  const scaling = fitScaling('uniform', m);
  t.equal(new Set(scaling.scale).size, 1);
  const scaled = applyScaling(scaling, m.data);
  for (const { mean } of momentsOf(scaled, 4)) t.ok(Math.abs(mean) < 1e-14);
  let norms = 0;
  for (let n = 0; n < 100; n++) norms += Math.hypot(...scaled.subarray(4 * n, 4 * n + 4));
  t.ok(Math.abs(norms / 100 - 1) < 1e-14, 'the mean norm of a row is 1');
});

test('none and given', async (t) => {
  const m = matrix([1, 2, 3, 4], [2, 2]);
  t.same(fitScaling('none', m), { shift: Float64Array.of(0, 0), scale: Float64Array.of(1, 1) });
  const given = { shift: [1, 2], scale: [2, -4] };
  t.equal(fitScaling(given, m), given);
  t.same(applyScaling(given, m.data), Float64Array.of(0, -0, 1, -0.5));
  t.same(m.data, Float64Array.of(1, 2, 3, 4), 'the data stays');
});

test('undoScaling undoes', async (t) => {
  const random = new Random(3);
  const scaling = { shift: normal(random, 5), scale: normal(random, 5) };
  const { data } = randomMatrix(50, 5);
  close(t, undoScaling(scaling, applyScaling(scaling, data)), data, 'there and back', 1e-15);
});

test('constant columns are only shifted', async (t) => {
  // 0.1 is no binary fraction: its mean over 7 rows carries a rounding error.
  const m = matrix(
    Array.from({ length: 14 }, (_, i) => (i % 2 === 0 ? 0.1 : 1e6 / 3)),
    [7, 2],
  );
  const scaling = fitScaling('standardize', m);
  t.same(scaling.scale, Float64Array.of(1, 1));
  t.ok(applyScaling(scaling, m.data).every((x) => Math.abs(x) < 1e-9));
  const one = fitScaling('uniform', matrix([5, 6], [1, 2]));
  t.same(one, { shift: Float64Array.of(5, 6), scale: Float64Array.of(1, 1) }, 'a single row');
});

test('the last bits of a huge column do not hide a small one', async (t) => {
  const huge = [1e200, 1e200 * (1 + Number.EPSILON)];
  const m = matrix(
    Array.from({ length: 12 }, (_, i) => (i % 2 === 0 ? huge[(i / 2) % 2] : Math.floor(i / 2) % 2)),
    [6, 2],
  );
  t.strictSame([...fitScaling('uniform', m).scale], [0.5, 0.5]);
  t.strictSame([...fitScaling('standardize', m).scale], [1, 0.5]);
  await onBackends(t, (t, backend) => {
    const fitted = driveSync(fitInputScaling({ type: 'pca', components: 1 }, m, null, backend, noCancel()));
    t.ok(Math.abs(fitted.scale[0] - 0.5) < 1e-15);
    t.strictSame([...(fitted.rotation as Float64Array)], [0, 1]);
  });
});

test('misuse of scalings', async (t) => {
  const cases: [name: string, option: unknown, message: RegExp][] = [
    ['a misspelt name', 'standardise', /Did you mean "standardize"/],
    ['null', null, /one of "none", "standardize", "uniform"/],
    ['an unknown key', { shift: [0, 0], scales: [1, 1] }, /Did you mean "scale"/],
    ['too few shifts', { shift: [0], scale: [1, 1] }, /2 finite numbers for shift of scaling/],
    ['a zero scale', { shift: [0, 0], scale: [1, 0] }, /2 finite, non-zero numbers for scale of scaling/],
    ['a scale without inverse', { shift: [0, 0], scale: [1, 1e-310] }, /for scale of scaling/],
    ['no shift', { scale: [1, 1] }, /for shift of scaling but received undefined/],
    ['NaN', { shift: [0, Number.NaN], scale: [1, 1] }, /for shift of scaling/],
    ['another type', { type: 'pcs', components: 1 }, /Did you mean "pca"/],
    ['no components', { type: 'pca' }, /an integer between 1 and 2 for components of scaling but received undefined/],
    ['too many components', { type: 'pca', components: 3 }, /between 1 and 2 for components of scaling but received 3/],
    ['a key too many', { type: 'pca', components: 1, whiten: true }, /Unknown option "whiten" of scaling/],
    [
      'a rotation of other columns',
      { shift: [0, 0], scale: [1, 1], rotation: [1, 0, 0] },
      /2 × k numbers, k from 1 to 2/,
    ],
    ['a rotation to more columns', { shift: [0, 0], scale: [1, 1], rotation: [1, 0, 0, 1, 1, 1] }, /2 × k numbers/],
    [
      'infinity',
      { shift: [0, 0], scale: [1, 1], rotation: [1, Number.POSITIVE_INFINITY] },
      /2 finite numbers for rotation/,
    ],
  ];
  for (const [name, option, message] of cases) {
    t.throws(() => checkScaling(option as never, 'scaling', 2), { code: 'ERR_OPTION', message }, name);
  }
  for (const option of ['standardize', 'uniform'] as const) {
    const huge = matrix([Number.MAX_VALUE, -Number.MAX_VALUE], [2, 1]);
    t.throws(() => fitScaling(option, huge), { code: 'ERR_NONFINITE', message: /differences are finite/ }, option);
  }
  t.doesNotThrow(() => checkScaling({ shift: Float64Array.of(0, 0), scale: [1, 2] }, 'scaling', 2));
});

for (const option of ['standardize', 'uniform'] as const) {
  test(`${option}: in slices, the same bits as in one go`, async (t) => {
    const cols = 5;
    const rows = 70_000; // three slices
    const random = new Random(7);
    const m = matrix(
      Float64Array.from({ length: rows * cols }, () => random.normal()),
      [rows, cols],
    );
    let turns = 0;
    const steps = fitSteps(option, m);
    let next = steps.next();
    for (; !next.done; next = steps.next()) turns++;
    t.ok(turns >= 2 * 2, 'the event loop gets its turn on each of two passes');
    t.strictSame(next.value, fitScaling(option, m));
    const rest = Array.from({ length: cols }, () => 0);
    for (let i = 0; i < rows * cols; i++) rest[i % cols] += (m.data[i] - next.value.shift[i % cols]) / rows;
    t.ok(
      rest.every((x) => Math.abs(x) < 1e-16),
      `nothing is left of the mean: ${rest}`,
    );
  });
}

test('a scaling given by columns, as Meganet.m scales its samples', async (t) => {
  const reference = fixture('normalizeData');
  const [rows, features] = reference.arrays.Y.shape;
  const columns = transposed(arrayOf(reference, 'Y'), rows); // samples side by side
  const moments = momentsOf(columns, rows);
  const deviation = (variance: number) => Math.sqrt((variance * features) / (features - 1));
  const scaling = {
    shift: moments.map(({ mean }) => mean),
    scale: moments.map(({ variance }) => Math.max(deviation(variance), 1 / Math.sqrt(features))),
  };
  checkScaling(scaling, 'scaling', rows);
  close(t, transposed(applyScaling(scaling, columns), features), arrayOf(reference, 'Yn'), 'scaled', 1e-12);
});

test('what targets cannot have', async (t) => {
  const rotation = { shift: [0, 0], scale: [1, 1], rotation: [1, 0] };
  for (const option of [{ type: 'pca', components: 1 } as const, rotation]) {
    t.throws(() => checkColumnwise(option, 'scaling.targets'), {
      code: 'ERR_OPTION',
      message: /"pooled" or \{ shift, scale \} for scaling.targets but received an object/,
    });
  }
  for (const option of ['uniform', { shift: [0], scale: [1] }] as const) checkColumnwise(option, 'scaling.targets');
});
