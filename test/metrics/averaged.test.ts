/** @file Averaged probabilities: against draws of the logits, and in the limits. */
import t from 'tap';
import { cholesky } from '../../lib/linalg/cholesky.js';
import { product } from '../../lib/linalg/matmul.js';
import { type Matrix, matrix } from '../../lib/linalg/matrix.js';
import { averagedSigmoid, averagedSoftmax } from '../../lib/metrics/averaged.js';
import { sigmoidRows, softmaxRows } from '../../lib/metrics/probabilities.js';
import { Random } from '../../lib/random.js';
import { close } from '../support/reference.js';

const draws = 1e5;
const largest = (a: ArrayLike<number>, b: Float64Array) =>
  b.reduce((most, x, i) => Math.max(most, Math.abs(x - a[i])), 0);

t.test('the sigmoid of a normal logit', async (t) => {
  const random = new Random(4);
  for (const variance of [0.1, 1, 4]) {
    for (const mu of [-3, -0.5, 0, 1, 2.5]) {
      let mean = 0;
      for (let k = 0; k < draws; k++) mean += 1 / (1 + Math.exp(-random.normal(mu, Math.sqrt(variance)))) / draws;
      const told = averagedSigmoid({ data: Float64Array.of(mu), shape: [1, 1] }, Float64Array.of(variance)).data[0];
      t.ok(Math.abs(told - mean) < (variance > 1 ? 0.02 : 0.007), `N(${mu}, ${variance}): ${told} for ${mean}`);
    }
  }
});

/** A covariance of three logits, a root of it times a scale. */
function covarianceOf(random: Random, scale: number): Matrix {
  const A = matrix(
    3,
    3,
    Float64Array.from({ length: 9 }, () => scale * random.normal()),
  );
  return product(A, A, { tb: true });
}

t.test('softmax of normal logits', async (t) => {
  const random = new Random(5);
  for (const [scale, most] of [
    [0.2, 0.012],
    [0.4, 0.04],
  ]) {
    const { largest, ofAverage, ofPlain } = errors(random, scale);
    t.ok(largest < most, `${scale}: ${largest} at most`);
    t.ok(ofAverage < 0.4 * ofPlain, `${ofAverage} against ${ofPlain} of the probabilities at the mean`);
  }
});

/** Of eight distributions of three logits, by 1e5 draws each; the last two are means. */
function errors(random: Random, scale: number) {
  let [most, ofAverage, ofPlain] = [0, 0, 0];
  for (let trial = 0; trial < 8; trial++) {
    const S = covarianceOf(random, scale);
    const L = (cholesky(S) as Matrix).data;
    const mu = Float64Array.from({ length: 3 }, () => 1.5 * random.normal());
    const mean = new Float64Array(3);
    for (let k = 0; k < draws; k++) {
      const z = [random.normal(), random.normal(), random.normal()];
      const s = mu.map((m, i) => m + L[3 * i] * z[0] + L[3 * i + 1] * z[1] + L[3 * i + 2] * z[2]);
      softmaxRows({ data: s, shape: [1, 3] }).data.forEach((p, i) => {
        mean[i] += p / draws;
      });
    }
    const told = averagedSoftmax({ data: mu, shape: [1, 3] }, S.data).data;
    const error = largest(told, mean);
    most = Math.max(most, error);
    ofAverage += error / 8;
    ofPlain += largest(softmaxRows({ data: mu, shape: [1, 3] }).data, mean) / 8;
  }
  return { largest: most, ofAverage, ofPlain };
}

t.test('two classes are a sigmoid of the difference', async (t) => {
  const S = Float64Array.of(2, 0.3, 0.3, 1);
  const { data } = averagedSoftmax({ data: Float64Array.of(1, -0.5), shape: [1, 2] }, S);
  const [p] = averagedSigmoid({ data: Float64Array.of(1.5), shape: [1, 1] }, Float64Array.of(2 + 1 - 0.6)).data;
  close(t, data, [p, 1 - p], 'p', 1e-14);
});

t.test('limits', async (t) => {
  const logits = { data: Float64Array.of(3, -1, 0, 800, -800, 2), shape: [2, 3] } as const;
  const none = averagedSoftmax(logits, new Float64Array(18));
  close(t, none.data, softmaxRows(logits).data, 'without variance: softmax', 1e-14);
  close(t, averagedSigmoid(logits, new Float64Array(6)).data, sigmoidRows(logits).data, 'and the sigmoid', 1e-14);
  const shared = averagedSoftmax(logits, new Float64Array(18).fill(7));
  close(t, shared.data, none.data, 'what all logits share does not matter', 1e-14);
  const wide = new Float64Array(18);
  for (const i of [0, 4, 8, 9, 13, 17]) wide[i] = 1e12;
  const even = averagedSoftmax(logits, wide).data;
  t.ok(
    even.every((p) => Math.abs(p - 1 / 3) < 1e-2),
    `nothing known: all classes alike, ${even}`,
  );
});
