/** @file Principal components of inputs against the eigenvectors of their covariance. */
import t from 'tap';
import type { Backend } from '../../lib/backend/backend.js';
import { backendNames, selectBackend } from '../../lib/backend/select.js';
import { type Matrix, sharedMatrix } from '../../lib/data/matrix.js';
import { isRotated, type RotatedScaling } from '../../lib/data/scaling.js';
import type { SampleWeights } from '../../lib/data/weights.js';
import { noCancel } from '../../lib/job/cancel.js';
import { drive, driveSync } from '../../lib/job/job.js';
import { symmetricEigen } from '../../lib/linalg/eigen.js';
import { matrix as square } from '../../lib/linalg/matrix.js';
import { Random } from '../../lib/random.js';
import { fitInputScaling, projected } from '../../lib/train/problem/inputScaling.js';
import { close, onBackends, relativeError } from '../support/reference.js';

/** Rows drawn about a mean that is not 0, with correlated columns. */
function correlated(rows: number, d: number, seed = 3): Matrix {
  const random = new Random(seed);
  const mix = Float64Array.from({ length: d * d }, () => random.normal());
  const data = new Float64Array(rows * d);
  for (let n = 0; n < rows; n++) {
    for (let i = 0; i < d; i++) {
      const z = random.normal();
      for (let j = 0; j < d; j++) data[n * d + j] += z * mix[i * d + j] + (i === j ? 5 * j : 0);
    }
  }
  return sharedMatrix({ data, shape: [rows, d] });
}

function fit(m: Matrix, components: number, backend: Backend, weights: SampleWeights = null): RotatedScaling {
  const scaling = driveSync(fitInputScaling({ type: 'pca', components }, m, weights, backend, noCancel()));
  if (!isRotated(scaling)) throw new Error('no rotation');
  return scaling;
}

const scaled = (scaling: RotatedScaling, m: Matrix, backend: Backend, threads = 2) =>
  driveSync(projected(scaling, sharedMatrix(m), backend, threads, noCancel()));

/** Mean of the products of columns i and j, less their means. */
function covariance({ data, shape: [rows, d] }: Matrix): number[][] {
  const mean = Array.from({ length: d }, (_, j) => data.reduce((sum, x, i) => sum + (i % d === j ? x : 0), 0) / rows);
  const entry = (i: number, j: number) => {
    let sum = 0;
    for (let n = 0; n < rows; n++) sum += (data[n * d + i] - mean[i]) * (data[n * d + j] - mean[j]);
    return sum / rows;
  };
  return mean.map((_, i) => mean.map((_, j) => entry(i, j)));
}

t.test('components are eigenvectors of the covariance', async (t) => {
  const m = correlated(700, 4);
  const { values, vectors } = symmetricEigen(square(4, 4, Float64Array.from(covariance(m).flat())));
  await onBackends(t, (t, backend) => {
    const { shift, scale, rotation } = fit(m, 3, backend);
    const V = rotation as Float64Array;
    t.equal(V.length, 12);
    close(
      t,
      shift,
      [0, 1, 2, 3].map((j) => m.data.reduce((sum, x, i) => sum + (i % 4 === j ? x : 0), 0) / 700),
      'mean',
      1e-13,
    );
    close(t, scale, new Float64Array(4).fill(Math.sqrt(values[3])), 'the largest deviation', 1e-13);
    for (let j = 0; j < 3; j++) {
      const component = [0, 1, 2, 3].map((i) => V[i * 3 + j]);
      const vector = [...vectors.data.subarray((3 - j) * 4, (4 - j) * 4)];
      const largest = (v: number[]) => v.reduce((a, b) => (Math.abs(b) > Math.abs(a) ? b : a));
      t.ok(largest(component) > 0, 'its largest entry is positive');
      close(
        t,
        component,
        vector.map((x) => x * Math.sign(largest(vector))),
        `component ${j}`,
        1e-10,
      );
    }
  });
});

t.test('constant columns have no part in the components', async (t) => {
  const m = correlated(200, 4);
  const varying = [1, 2, 4, 6];
  const data = Float64Array.from({ length: 200 * 7 }, (_, i) => {
    const [n, j] = [Math.floor(i / 7), varying.indexOf(i % 7)];
    return j === -1 ? 0.1 : m.data[4 * n + j];
  });
  await onBackends(t, (t, backend) => {
    const { scale, rotation } = fit({ data, shape: [200, 7] }, 3, backend);
    const expected = fit(m, 3, backend);
    close(t, scale, new Float64Array(7).fill(expected.scale[0]), 'the largest deviation', 1e-13);
    const rows = varying.flatMap((i) => Array.from(rotation.slice(3 * i, 3 * i + 3)));
    close(t, rows, expected.rotation, 'the varying columns', 1e-12);
    for (const i of [0, 3, 5])
      t.ok(
        rotation.slice(3 * i, 3 * i + 3).every((x) => Math.abs(x) < 1e-15),
        `column ${i}`,
      );
  });
});

t.test('what comes out is not correlated, and not whitened', async (t) => {
  const m = correlated(300, 5);
  await onBackends(t, (t, backend) => {
    const S = scaled(fit(m, 5, backend), m, backend);
    const C = covariance(S);
    const all = covariance(m).reduce((sum, row, i) => sum + row[i], 0);
    t.ok(Math.abs(C[0][0] - 1) < 1e-12, 'the first has deviation 1');
    for (let i = 1; i < 5; i++) {
      t.ok(C[i][i] < C[i - 1][i - 1], 'the others less and less');
      for (let j = 0; j < i; j++) t.ok(Math.abs(C[i][j]) < 1e-12);
    }
    const { scale } = fit(m, 5, backend);
    const kept = C.reduce((sum, row, i) => sum + row[i], 0) * scale[0] ** 2;
    t.ok(Math.abs(kept / all - 1) < 1e-12, 'all of them keep all variance');
  });
});

t.test('both backends give the same components, all numbers of threads the same bits', async (t) => {
  const m = correlated(500, 6);
  const [js, native] = backendNames.map((name) => fit(m, 4, selectBackend(name)));
  t.ok(relativeError(js.rotation as Float64Array, native.rotation as Float64Array) < 1e-12);
  t.ok(relativeError(js.scale, native.scale) < 1e-13);
  const by = (threads: number) => scaled(native, m, selectBackend('native'), threads).data;
  t.strictSame(by(3), by(1));
  t.ok(relativeError(by(1), scaled(native, m, selectBackend('js')).data) < 1e-13);
});

t.test('rows of several jobs, in place and on shared memory', async (t) => {
  const rows = 90_000;
  const random = new Random(8);
  const data = Float64Array.from({ length: rows * 24 }, () => random.normal());
  const rotation = Float64Array.from({ length: 24 * 2 }, () => random.normal());
  const scaling = { shift: new Float64Array(24).fill(0.5), scale: new Float64Array(24).fill(2), rotation };
  const m = sharedMatrix({ data, shape: [rows, 24] });
  const native = selectBackend('native');
  const result = await drive(projected(scaling, m, native, 2, noCancel()));
  t.strictSame(result.shape, [rows, 2]);
  t.equal(result.data.buffer, m.data.buffer);
  let worst = 0;
  for (let n = 0; n < rows; n++) {
    for (let j = 0; j < 2; j++) {
      let expected = 0;
      for (let i = 0; i < 24; i++) expected += ((data[n * 24 + i] - 0.5) / 2) * rotation[i * 2 + j];
      worst = Math.max(worst, Math.abs(result.data[n * 2 + j] - expected));
    }
  }
  t.ok(worst < 1e-13, `${worst}`);
});

t.test('directions far smaller than the largest are not lost in squares', async (t) => {
  const random = new Random(2);
  const data = new Float64Array(200);
  for (let n = 0; n < 100; n++) {
    const [large, small] = [random.normal(), 1e-11 * random.normal()];
    data.set([0.6 * large - 0.8 * small, 0.8 * large + 0.6 * small], 2 * n);
  }
  await onBackends(t, (t, backend) => {
    const V = fit({ data, shape: [100, 2] }, 2, backend).rotation as Float64Array;
    t.ok(relativeError(V, [0.6, 0.8, 0.8, -0.6]) < 1e-10, `${V}`);
  });
});

t.test('no more components than the rank', async (t) => {
  const m = correlated(50, 3);
  const dependent = new Float64Array(50 * 4);
  for (let n = 0; n < 50; n++) {
    const [x, y, z] = m.data.subarray(3 * n, 3 * n + 3);
    dependent.set([x, y, z, x - 2 * y + 1], 4 * n);
  }
  const cases: [what: string, m: Matrix, rank: number][] = [
    ['dependent columns', sharedMatrix({ data: dependent, shape: [50, 4] }), 3],
    ['fewer samples than columns', correlated(3, 6), 2],
    ['constant columns', { data: new Float64Array(21).fill(0.1), shape: [7, 3] }, 0],
    ['one sample', { data: Float64Array.of(1, 2), shape: [1, 2] }, 0],
  ];
  await onBackends(t, (t, backend) => {
    for (const [what, inputs, rank] of cases) {
      const message = `Expected at most ${rank} for components of scaling.inputs, the rank of the centred inputs, but received ${rank + 1}.`;
      t.throws(() => fit(inputs, rank + 1, backend), { name: 'GnvproError', code: 'ERR_OPTION', message }, what);
      if (rank > 0) t.equal((fit(inputs, rank, backend).rotation as Float64Array).length, rank * inputs.shape[1], what);
    }
    const most = Number.MAX_VALUE;
    const huge: Matrix = { data: Float64Array.of(most, 1, -most, 2, most, 3), shape: [3, 2] };
    t.throws(() => fit(huge, 1, backend), { code: 'ERR_NONFINITE', message: /too large/ }, 'numbers that overflow');
  });
});

t.test('other scalings pass through', async (t) => {
  const m = correlated(20, 2);
  const js = selectBackend('js');
  const { shift, rotation } = driveSync(fitInputScaling('standardize', m, null, js, noCancel()));
  t.equal(shift.length, 2);
  t.equal(rotation, undefined);
});

t.test('cancelling', async (t) => {
  const m = correlated(2000, 40);
  const scaling = fit(m, 2, selectBackend('native'));
  const raised = noCancel();
  raised[0] = 1;
  const native = selectBackend('native');
  t.throws(() => driveSync(fitInputScaling({ type: 'pca', components: 2 }, m, null, native, raised)), {
    code: 'ERR_ABORTED',
  });
  t.throws(() => driveSync(projected(scaling, m, native, 1, raised)), { code: 'ERR_ABORTED' });
});
