/** @file The evidence and its updates: against quadrature, brute force, and differences of the whole matrix. */
import t from 'tap';
import type { Evaluation, Laplace } from '../../lib/backend/backend.js';
import {
  type Hyperparameters,
  layersOf,
  logEvidence,
  regularizerOf,
  type Sizes,
  updated,
} from '../../lib/evidence/hyperparameters.js';
import { cholesky } from '../../lib/linalg/cholesky.js';
import { matrix } from '../../lib/linalg/matrix.js';
import { dot } from '../../lib/linalg/vector.js';
import { tanh } from '../../lib/network/activation.js';
import { antisymmetricDense } from '../../lib/network/antisymmetricDense.js';
import { concat } from '../../lib/network/concat.js';
import { dense } from '../../lib/network/dense.js';
import type { LayerDescription } from '../../lib/network/layer.js';
import { Network } from '../../lib/network/network.js';
import { residual } from '../../lib/network/residual.js';
import { sequential } from '../../lib/network/sequential.js';
import { Random } from '../../lib/random.js';
import { normals } from '../support/numbers.js';
import { close, onBackends, openWalk } from '../support/reference.js';

interface Data {
  readonly network: LayerDescription;
  readonly inputs: Float64Array;
  readonly targets: Float64Array;
  readonly samples: number;
  readonly sampleWeights?: Float64Array;
}

function sizesOf({ network, inputs, targets, samples }: Data): Sizes {
  const { features, ...derived } = new Network(network, inputs.length / samples);
  const t = targets.length / samples;
  const groups = layersOf(derived as Network);
  return { groups, samples, targets: t, linearWeights: t * (features + 1), hasNoise: true };
}

/** At θ, W projected out with the prior of the hyperparameters. */
function at(backend: Parameters<typeof openWalk>[0], data: Data, given: Hyperparameters, theta: Float64Array) {
  const { network, ...rest } = data;
  const regularizer = regularizerOf(given, sizesOf(data).groups);
  const walk = openWalk(backend, network, { ...rest, alphaW: given.alphaW, regularizer });
  const evaluation = walk.moveTo(theta);
  return { walk, evaluation, laplace: walk.point.laplace().sync() as Laplace };
}

t.test('layers: with their biases, at all times, inside of others', async (t) => {
  const groups = (description: LayerDescription, inputs: number) =>
    layersOf(new Network(description, inputs)).map(({ begin, end }) => end - begin);
  t.strictSame(groups(dense(3), 2), [9]);
  t.strictSame(groups(sequential([dense(3), tanh(), dense(2)]), 2), [9, 8]);
  const flow = residual(antisymmetricDense(), { nodes: 2 });
  t.strictSame(groups(sequential([dense(3), flow]), 2), [9, 18]);
  t.strictSame(groups(concat([sequential([dense(3), tanh(), dense(2)]), dense(1)]), 2), [9, 8, 3]);
});

t.test('without θ: the integral over W by quadrature', async (t) => {
  const random = new Random(5);
  const samples = 7;
  const inputs = normals(random, samples);
  const targets = inputs.map((x) => 0.8 * x - 0.3 + random.normal(0, 0.2));
  // A network without weights: its feature is the input.
  const data: Data = { network: tanh(), inputs, targets, samples };
  const [precision, a] = [12, 0.7];
  const given: Hyperparameters = { alphaTheta: [], alphaW: a / (precision * samples), precision };
  await onBackends(t, (t, backend) => {
    const { evaluation, laplace } = at(backend, data, given, new Float64Array(0));
    const found = logEvidence(given, evaluation, laplace, sizesOf(data));
    // The trapezoidal rule converges exponentially for what decays like a Gaussian.
    const density = (w: number, b: number) => {
      let exponent = -0.5 * a * (w * w + b * b);
      for (let n = 0; n < samples; n++) exponent -= 0.5 * precision * (w * Math.tanh(inputs[n]) + b - targets[n]) ** 2;
      return Math.exp(exponent);
    };
    const [most, step] = [6, 0.02];
    let integral = 0;
    for (let w = -most; w <= most; w += step) for (let b = -most; b <= most; b += step) integral += density(w, b);
    const constants = Math.log(a / (2 * Math.PI)) + 0.5 * samples * Math.log(precision / (2 * Math.PI));
    const expected = Math.log(integral * step * step) + constants;
    t.ok(Math.abs(found - expected) < 1e-10, `${found} against ${expected}`);
  });
});

t.test('with θ: the error of Laplace’s method falls like 1/N', async (t) => {
  await onBackends(t, (t, backend) => {
    const errors = [40, 160].map((samples) => Math.abs(errorOfLaplace(backend, samples)));
    t.ok(errors[0] < 0.1, `${errors[0]} nat of 40 samples`);
    t.ok(errors[1] < errors[0] / 2.5, `${errors[1]} of four times as many`);
  });
});

/** log of the integral over θ (two weights), W integrated at each, less the estimate at its largest. */
function errorOfLaplace(backend: Parameters<typeof openWalk>[0], samples: number): number {
  const random = new Random(3);
  const inputs = Float64Array.from({ length: samples }, (_, n) => -2 + (4 * n) / (samples - 1));
  const targets = inputs.map((x) => Math.tanh(1.3 * x - 0.4) + random.normal(0, 0.15));
  const data: Data = { network: sequential([dense(1), tanh()]), inputs, targets, samples };
  const [precision, a] = [40, 0.5];
  const given: Hyperparameters = { alphaTheta: [a / precision / samples], alphaW: a / precision / samples, precision };
  const { walk } = at(backend, data, given, Float64Array.of(1.3, -0.4));
  /** log p(targets, θ) up to a constant: −βnΦ − ½ log|A_WW|, on one evaluation. */
  const joint = ({ objective }: Evaluation, innerLogDeterminant: number) =>
    -precision * samples * objective - 0.5 * innerLogDeterminant;
  // To the mode by the steps of the method; the density beside it is what the integral is over.
  for (let k = 0; k < 60; k++) {
    const options = {
      solver: 'dense',
      maxVectors: 2,
      tolerance: 1e-12,
      radius: 0.3,
      multiplier: 0,
      rankTolerance: 0,
    } as const;
    const { step } = walk.point.step(options, null).sync();
    const next = walk.point.x.map((x, i) => x + step[i]);
    if (walk.evaluate(next).objective < walk.point.evaluation.objective) walk.moveTo(next);
    else break;
  }
  const { x, evaluation } = walk.point;
  const laplace = walk.point.laplace().sync() as Laplace;
  const estimate =
    joint(evaluation, laplace.innerLogDeterminant) -
    0.5 * (laplace.logDeterminant + 2 * Math.log(precision * samples)) +
    Math.log(2 * Math.PI);
  const width = 8 / Math.sqrt(precision * samples);
  const [reach, count] = [10 * width, 121];
  let [largest, terms] = [Number.NEGATIVE_INFINITY, [] as number[]];
  for (let i = 0; i < count; i++) {
    for (let j = 0; j < count; j++) {
      const theta = Float64Array.of(
        x[0] + reach * ((2 * i) / (count - 1) - 1),
        x[1] + reach * ((2 * j) / (count - 1) - 1),
      );
      const point = walk.at(theta).sync();
      const inner = point.innerFactor().sync();
      terms.push(joint(point.evaluation, inner?.logDeterminant ?? Number.NaN));
      largest = Math.max(largest, terms[terms.length - 1]);
      point.drop();
    }
  }
  const cell = (2 * reach) / (count - 1);
  const integral = largest + Math.log(terms.reduce((sum, term) => sum + Math.exp(term - largest), 0) * cell * cell);
  return estimate - integral;
}

t.test('the updates are stationary where the evidence is, θ and W held', async (t) => {
  const random = new Random(11);
  const samples = 30;
  const sampleWeights = Float64Array.from({ length: samples }, (_, n) => [0.5, 1, 1.5][n % 3]);
  const network = sequential([dense(3), tanh(), dense(2), tanh()]);
  const data: Data = {
    network,
    inputs: normals(random, 2 * samples),
    targets: normals(random, 2 * samples),
    samples,
    sampleWeights,
  };
  const sizes = sizesOf(data);
  const theta = new Network(network, 2).initialWeights(4);
  const given: Hyperparameters = { alphaTheta: [2e-3, 5e-3], alphaW: 1e-3, precision: 1.4 };
  const names = ['a of layer 0', 'a of layer 1', 'a_W', 'β'];

  await onBackends(t, (t, backend) => {
    const { walk, evaluation, laplace } = at(backend, data, given, theta);
    const next = updated(given, theta, evaluation, laplace, sizes);
    const W = walk.point.W();
    const { network: description, ...rest } = data;
    const x = new Float64Array(theta.length + W.length);
    x.set(theta);
    x.set(W, theta.length);
    const squares = [...sizes.groups.map(({ begin, end }) => square(theta.subarray(begin, end))), square(W)];
    const sse = 2 * samples * evaluation.loss;
    const absolute = ({ alphaTheta, alphaW, precision }: Hyperparameters) => [
      ...alphaTheta.map((alpha) => alpha * precision * samples),
      alphaW * precision * samples,
      precision,
    ];
    const counts = [...sizes.groups.map(({ begin, end }) => end - begin), W.length];
    /** At (θ, W), which stay: with the whole matrix of both. */
    const evidence = (numbers: readonly number[]) => {
      const precision = numbers[3];
      const [first, second, ofW] = numbers.map((a) => a / precision / samples);
      const regularizer = regularizerOf({ alphaTheta: [first, second] }, sizes.groups);
      const joint = openWalk(backend, description, { ...rest, alphaW: ofW, regularizer, objective: 'joint' });
      joint.moveTo(x);
      const n = x.length;
      const L = cholesky(matrix(n, n, joint.point.denseHessian().sync())) as { data: Float64Array };
      let logA = n * Math.log(precision * samples);
      for (let i = 0; i < n; i++) logA += 2 * Math.log(L.data[i * (n + 1)]);
      const priors = counts.reduce((sum, count, i) => sum + count * Math.log(numbers[i]) - numbers[i] * squares[i], 0);
      return 0.5 * (priors + 2 * samples * Math.log(precision / (2 * Math.PI)) - logA - precision * sse);
    };
    const before = absolute(given);
    const found = logEvidence(given, evaluation, laplace, sizes);
    close(t, [found], [evidence(before)], 'log evidence', 1e-10);
    // ∂/∂a = (γ/a − ‖·‖²)/2 and ∂/∂β = ((nt − γ)/β − Σω‖r‖²)/2, which the updates set to 0.
    const after = absolute(next);
    const gammas = [...after.slice(0, 3).map((a, i) => a * squares[i]), after[3] * sse];
    const analytic = gammas.map((gamma, i) => 0.5 * (gamma / before[i] - [...squares, sse][i]));
    names.forEach((name, i) => {
      const h = 1e-4 * before[i];
      const moved = (by: number) => evidence(before.map((value, k) => (k === i ? value + by : value)));
      const difference = (8 * (moved(h) - moved(-h)) - (moved(2 * h) - moved(-2 * h))) / (12 * h);
      const error = Math.abs(difference - analytic[i]) / Math.abs(squares[i] ?? sse);
      t.ok(error < 1e-6, `∂ log evidence/∂${name}: ${analytic[i]} against ${difference}`);
    });
    t.ok(Math.abs(next.gammaTheta + next.gammaW + gammas[3] - 2 * samples) < 1e-9, 'what is determined adds up');
  });
});

function square(values: Float64Array): number {
  return dot(values, values);
}
