/** @file The posterior of W alone that trainings leave where no matrix of θ is assembled: its units, and both backends. */
import t from 'tap';
import { type Matrix as MatrixOfRows, toMatrix } from '../../lib/data/matrix.js';
import {
  type CovarianceArray,
  dense,
  type EvidenceRecord,
  Model,
  type Report,
  sequential,
  softmaxRows,
  type TrainOptions,
  tanh,
  train,
} from '../../lib/index.js';
import { cholesky, choleskyInverse } from '../../lib/linalg/cholesky.js';
import { product } from '../../lib/linalg/matmul.js';
import { type Matrix, matrix } from '../../lib/linalg/matrix.js';
import { decodeModel } from '../../lib/model/file.js';
import { weightDerivatives } from '../support/models.js';
import { close } from '../support/reference.js';
import { options, smooth } from './problem.js';

const { inputs } = smooth(90, 1);
const held = smooth(20, 2).inputs;
const network = sequential([dense(4), tanh()]);
const classOf = ([x, y]: number[]) => (x * y > 0.1 ? 'up' : x + y > 0 ? 'right' : 'left');
const losses: Record<string, Partial<TrainOptions>> = {
  crossEntropy: { loss: 'crossEntropy', targets: inputs.map(classOf) },
  logistic: { loss: 'logistic', targets: inputs.map(([x, y, z]) => [Number(x * y > 0), Number(z > x)]) },
};
const given = (more: Partial<TrainOptions> = {}) =>
  options({ inputs, network, backend: 'native', regularization: 'evidence', starts: 1, ...more });
const all = { uncertainty: true, covariance: true } as const;

/** ∂ outputs/∂W: (samples · t) × tm. */
function byW(model: Model, rows: number[][]): Matrix {
  const parts = decodeModel(model.toBytes());
  const columns = weightDerivatives(parts, toMatrix(rows, 'inputs')).slice(parts.theta.length);
  const J = matrix(columns[0].length, columns.length);
  J.data.forEach((_, i) => {
    J.data[i] = columns[i % J.cols][Math.floor(i / J.cols)];
  });
  return J;
}

/** The blocks of J A⁻¹ Jᵀ of single samples. */
function expectedCovariance(model: Model, A: Matrix): Float64Array {
  const J = byW(model, held);
  const JA = product(J, choleskyInverse(cholesky(A) as Matrix));
  const count = J.rows / held.length;
  const whole = product(JA, J, { tb: true });
  return Float64Array.from({ length: held.length * count * count }, (_, i) => {
    const [row, column] = [Math.floor(i / count), Math.floor(i / count / count) * count + (i % count)];
    return whole.data[row * whole.cols + column];
  });
}

/** Σ ω J_nᵀ S_n J_n, S_n = diag p − ppᵀ of classes, diag p(1 − p) of labels. */
function innerHessian(J: Matrix, { data: p, shape }: MatrixOfRows, weights: number[], areLabels: boolean): Matrix {
  const SJ = matrix(J.rows, J.cols);
  const [, count] = shape;
  for (let row = 0; row < J.rows; row++) {
    const first = row - (row % count);
    for (let k = first; k < first + count; k++) {
      const own = k === row ? p[row] : 0;
      const share = weights[first / count] * (areLabels ? own * (1 - p[row]) : own - p[row] * p[k]);
      for (let i = 0; i < J.cols; i++) SJ.data[row * J.cols + i] += share * J.data[k * J.cols + i];
    }
  }
  return product(J, SJ, { ta: true });
}

const alphaOf = (report: Report) => (report.best.evidence as EvidenceRecord).alphaW;

for (const [name, loss] of Object.entries(losses)) {
  t.test(`(n H_W)⁻¹ from the probabilities, ${name}`, async (t) => {
    const sampleWeights = inputs.map((_, n) => 1 + (n % 3));
    const n = sampleWeights.reduce((sum, weight) => sum + weight, 0);
    for (const backend of ['native', 'js'] as const) {
      const stop = { iterations: backend === 'js' ? 4 : 30 };
      const { model, report } = await train(given({ ...loss, sampleWeights, backend, stop }));
      const P = await model.predictProbabilities(inputs);
      const A = innerHessian(byW(model, inputs), P, sampleWeights, name === 'logistic');
      for (let i = 0; i < A.rows; i++) A.data[i * (A.cols + 1)] += n * alphaOf(report);
      const told = await model.predict(held, all);
      close(t, told.covariance.data, expectedCovariance(model, A), `${backend}`, 1e-5);
      t.equal(told.over, 'W');
      t.strictSame(told.noise, new Float64Array(P.shape[1]), 'logits have no noise');
    }
  });
}

t.test('more than 4,000 weights, least squares: the formula of ridge regression with the features', async (t) => {
  const wide = sequential([dense(600), tanh(), dense(4), tanh()]);
  const { targets } = smooth(90, 1, 0.1);
  const { model, report } = await train(given({ network: wide, targets, stop: { iterations: 6 } }));
  const { noise, alphaW } = report.best.evidence as EvidenceRecord;
  const sigma = noise as number;
  const told = await model.predict(held, all);
  t.equal(told.over, 'W');
  const { scale } = model.scaling.targets;
  const square = told.noise.reduce((sum, sigma, j) => sum + (sigma / scale[j]) ** 2, 0) / scale.length;
  close(t, [Math.sqrt(square)], [sigma], 'noise, in the mean of the outputs', 1e-14);
  // W in scaled units, of outputs in original ones: the first output tells of its own W.
  const J = withoutTheta(model, inputs);
  const G = product(J, J, { ta: true });
  for (let i = 0; i < G.rows; i++) G.data[i * (G.cols + 1)] += inputs.length * alphaW;
  const inverse = choleskyInverse(cholesky(G) as Matrix);
  const Z = withoutTheta(model, held);
  const expected = Array.from({ length: held.length }, (_, n) => {
    const z = matrix(1, Z.cols, Z.data.subarray(n * Z.cols, (n + 1) * Z.cols));
    return product(product(z, inverse), z, { tb: true }).data[0] * told.noise[0] ** 2;
  });
  const variances = told.standardDeviation.data.filter((_, i) => i % 2 === 0).map((s) => s ** 2);
  close(t, variances, expected, 'variances', 1e-6);
  t.ok(model.toBytes().length < 8 * (model.weightCount + 200) + 20_000, 'no room for directions of θ');
  const updated = await model.update(
    held,
    held.map(() => [0, 0]),
  );
  t.ok((await updated.predict(held, { uncertainty: true })).standardDeviation.data[0] < told.standardDeviation.data[0]);
});

/** Z̃ = [Z 1], by differences of a model whose W are unit vectors. */
function withoutTheta(model: Model, rows: number[][]): Matrix {
  const parts = decodeModel(model.toBytes({ posterior: false }));
  const m = parts.W.length / parts.outputs;
  const Z = matrix(rows.length, m);
  for (let i = 0; i < m; i++) {
    const W = new Float64Array(parts.W.length);
    W[i] = 1;
    const { data } = new Model({ ...parts, W }).predictSync(rows);
    const { shift, scale } = parts.scaling.targets;
    for (let n = 0; n < rows.length; n++) Z.data[n * m + i] = (data[n * parts.outputs] - shift[0]) / scale[0];
  }
  return Z;
}

t.test('a temperature scales what the logits are uncertain by', async (t) => {
  const later = smooth(60, 3).inputs;
  const validation = { inputs: later, targets: later.map(classOf) };
  const more = { ...losses.crossEntropy, labelSmoothing: 0.1, validation, stop: { iterations: 10 } };
  const { model, report } = await train(given({ ...more, temperature: true }));
  const a = report.temperature as number;
  t.ok(Math.abs(a - 1) > 0.02, `${a}`);
  const { data, shape } = await model.predict(inputs);
  const P = softmaxRows({ data: data.map((s) => s / a), shape });
  const A = innerHessian(byW(model, inputs), P, new Array(inputs.length).fill(1), false);
  for (let i = 0; i < A.rows; i++) A.data[i * (A.cols + 1)] += inputs.length * alphaOf(report);
  const expected = expectedCovariance(model, A).map((x) => a * a * x);
  close(t, (await model.predict(held, all)).covariance.data, expected, 'covariances', 1e-5);
});

t.test('a mean of starts: its members go to the file and back', async (t) => {
  for (const loss of Object.values(losses)) {
    const { model, report } = await train(given({ ...loss, starts: 3 }));
    const told: { covariance: CovarianceArray } = await model.predict(held, all);
    t.ok(report.members.length > 0);
    t.strictSame(await Model.fromBytes(model.toBytes()).predict(held, all), told);
    const far = await model.predict([[5, 5, -5]], { uncertainty: true });
    t.ok(far.standardDeviation.data.every((sigma) => sigma > 0 && Number.isFinite(sigma)));
  }
});
