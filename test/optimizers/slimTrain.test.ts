/** @file The choice of slimTrain's parameter where there are many outputs, against that on the outputs as they are. */
import t from 'tap';
import { nativeBackend } from '../../lib/backend/native.js';
import { matrix } from '../../lib/linalg/matrix.js';
import { chooseLambda, SampledTikhonov } from '../../lib/optimizers/sampledTikhonov.js';
import { slimTrain } from '../../lib/optimizers/slimTrain.js';
import { Random } from '../../lib/random.js';
import { trainSync } from '../../lib/train/train.js';
import { normals } from '../support/numbers.js';
import { close } from '../support/reference.js';
import { options } from '../train/problem.js';

t.test('an update by its definition', async (t) => {
  const random = new Random(5);
  const [b, m, outputs, sum, Lambda] = [4, 6, 3, 0.02, 0.005];
  const [Zt, C, W] = [matrix(b, m, normals(random, b * m)), matrix(b, outputs), matrix(outputs, m)];
  C.data.set(normals(random, b * outputs));
  W.data.set(normals(random, outputs * m));
  // M is the batch alone: fewer rows than columns.
  const svd = nativeBackend.svd(b, m, Zt.data).sync();
  const { data } = new SampledTikhonov({ Zt, C, W, svd, sum }).updated(Lambda);
  // (W₊ − W) B = −((Z̃Wᵀ − C)ᵀZ̃ + Λ W)
  for (let j = 0; j < outputs; j++) {
    const change = Float64Array.from({ length: m }, (_, i) => data[j * m + i] - W.data[j * m + i]);
    const rowDot = (n: number, x: ArrayLike<number>) =>
      Zt.data.subarray(n * m, (n + 1) * m).reduce((s, z, i) => s + z * x[i], 0);
    const left = change.map((value, i) => {
      let entry = (sum + Lambda) * value;
      for (let n = 0; n < b; n++) entry += Zt.data[n * m + i] * rowDot(n, change);
      return entry;
    });
    const right = change.map((_, i) => {
      let entry = -Lambda * W.data[j * m + i];
      for (let n = 0; n < b; n++) {
        const residual = rowDot(n, W.data.subarray(j * m, (j + 1) * m)) - C.data[n * outputs + j];
        entry -= Zt.data[n * m + i] * residual;
      }
      return entry;
    });
    close(t, left, right, `output ${j}`, 1e-11);
  }
});

t.test('the choice stays within the bounds', async (t) => {
  const random = new Random(6);
  const Zt = matrix(5, 4, normals(random, 20));
  const batch = {
    Zt,
    C: matrix(5, 2, normals(random, 10)),
    W: matrix(2, 4),
    svd: nativeBackend.svd(5, 4, Zt.data).sync(),
  };
  for (const sum of [1e-9, 1e-7, 1, 1e3, 5e3]) {
    const after = sum + chooseLambda(new SampledTikhonov({ ...batch, sum }), [1e-7, 1e3]);
    t.ok(after >= 1e-7 * (1 - 1e-12) && after <= 1e3 * (1 + 1e-12), `${sum} → ${after}`);
  }
});

t.test('many outputs: their rotation changes nothing', async (t) => {
  // 30 copies of the two targets turned by an angle each: as much to learn, more outputs than a batch and W have.
  const base = options();
  const targets = base.targets as number[][];
  const angles = Array.from({ length: 30 }, (_, k) => (2 * Math.PI * k) / 30);
  const turned = targets.map(([x, y]) => angles.map((a) => (Math.cos(a) * x + Math.sin(a) * y) / Math.sqrt(15)));
  const run = (values: number[][]) =>
    trainSync({
      ...base,
      ...{ targets: values, scaling: { targets: 'none' }, regularization: { theta: 1e-6, W: 1e-6 } },
      ...{ optimizer: slimTrain({ batchSize: 8, learningRate: 0.01 }), stop: { iterations: 8 } },
    }).report.iterations.map(({ objective }) => objective);
  const [few, many] = [run(targets), run(turned)];
  close(t, many, few, 'objectives', 1e-6);
});
