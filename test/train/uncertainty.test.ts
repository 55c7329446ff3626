/** @file The uncertainty that trainings leave in their models: its coverage, its units, and when there is none. */
import t from 'tap';
import { toMatrix } from '../../lib/data/matrix.js';
import {
  dense,
  type EvidenceRecord,
  identity,
  Model,
  sequential,
  type TrainOptions,
  tanh,
  train,
  trainSync,
  type UncertaintyOptions,
} from '../../lib/index.js';
import { decodeModel } from '../../lib/model/file.js';
import { Random } from '../../lib/random.js';
import { weightDerivatives } from '../support/models.js';
import { close } from '../support/reference.js';
import { options, smooth } from './problem.js';

const data = smooth(80, 1, 0.1);
const held = smooth(30, 2);
const network = sequential([dense(4), tanh()]);
const given = (more: Partial<TrainOptions> = {}) =>
  options({ ...data, network, backend: 'native', regularization: 'evidence', starts: 1, ...more });
const all = { uncertainty: true, covariance: true } as const;

t.test('95 % of new targets lie in the interval of 95 %', async (t) => {
  const f = (x: number) => Math.sin(2 * x) + 0.3 * x;
  const sigma = 0.3;
  const grid = (count: number) => Array.from({ length: count }, (_, n) => -2 + (4 * n) / (count - 1));
  const inputs = grid(80).map((x) => [x]);
  const points = grid(21).map((x) => [x]);
  const covered = { targets: 0, function: 0, functionOverW: 0 };
  const draws = 200;
  for (let draw = 0; draw < draws; draw++) {
    const random = new Random(draw);
    const targets = inputs.map(([x]) => [f(x) + random.normal(0, sigma)]);
    const { model } = trainSync(given({ inputs, targets, seed: draw, threads: 1 }));
    const told = model.predictSync(points, { uncertainty: true });
    const overW = model.predictSync(points, { uncertainty: true, over: 'W' }).standardDeviation.data;
    points.forEach(([x], i) => {
      const [mean, own] = [told.mean.data[i], told.standardDeviation.data[i]];
      const isWithin = (y: number, deviation: number) => Number(Math.abs(y - mean) <= 1.96 * deviation);
      covered.targets += isWithin(f(x) + random.normal(0, sigma), Math.hypot(own, told.noise[0]));
      covered.function += isWithin(f(x), own);
      covered.functionOverW += isWithin(f(x), overW[i]);
    });
  }
  const share = (count: number) => count / draws / points.length;
  t.ok(Math.abs(share(covered.targets) - 0.95) <= 0.02, `${share(covered.targets)} of the targets`);
  t.ok(share(covered.function) > 0.9, `${share(covered.function)} of the function without noise`);
  t.ok(share(covered.functionOverW) < share(covered.function), 'W alone is not all that is uncertain');
});

t.test('far from the data the model is less sure', async (t) => {
  const { model } = await train(given());
  const { standardDeviation } = await model.predict(
    [0.2, 1, 2, 4].map((x) => [x, x, x]),
    { uncertainty: true },
  );
  const first = standardDeviation.data.filter((_, i) => i % 2 === 0);
  t.ok(first[1] > first[0] && first[2] > first[1], `${first}`);
});

t.test('a network without weights: the formula of ridge regression', async (t) => {
  const { model, report } = await train(given({ network: identity(), scaling: { inputs: 'none', targets: 'none' } }));
  const { evidence } = report.best;
  const [alpha, sigma] = [evidence?.alphaW ?? 0, evidence?.noise ?? 0];
  // z̃ᵀG⁻¹z̃ σ²/N
  const rows = data.inputs.map((row) => [...row, 1]);
  const G = [0, 1, 2, 3].map((i) =>
    [0, 1, 2, 3].map((j) => rows.reduce((sum, row) => sum + row[i] * row[j], 0) / rows.length + (i === j ? alpha : 0)),
  );
  const sigmas = (await sharesOf(model)).map((share) => share * sigma);
  const expected = held.inputs.flatMap((row) => {
    const z = [...row, 1];
    const square = z.reduce((sum, x, i) => sum + x * solved(G, z)[i], 0);
    return sigmas.map((own) => (square * own ** 2) / rows.length);
  });
  for (const over of ['all', 'W'] as const) {
    const { standardDeviation, noise } = await model.predict(held.inputs, { uncertainty: true, over });
    close(
      t,
      standardDeviation.data.map((s) => s * s),
      expected,
      `over ${over}`,
      1e-9,
    );
    close(t, noise, sigmas, 'noise', 1e-9);
  }
});

/** s of each output: the roots of their mean squares of the residual, over that of all. */
async function sharesOf(model: Model, weights: readonly number[] = data.inputs.map(() => 1)): Promise<number[]> {
  const { data: predicted } = await model.predict(data.inputs);
  const squares = [0, 1].map((j) =>
    data.targets.reduce((sum, row, n) => sum + weights[n] * (row[j] - predicted[2 * n + j]) ** 2, 0),
  );
  return squares.map((square) => Math.sqrt((2 * square) / (squares[0] + squares[1])));
}

t.test('the whole: the Gauss–Newton matrix of θ and W from differences of the outputs, inverted', async (t) => {
  const scaling = { targets: 'none' } as const;
  const deep = sequential([dense(3), tanh(), dense(2), tanh()]);
  const sampleWeights = data.inputs.map((_, n) => 1 + (n % 3));
  const { model, report } = await train(given({ network: deep, scaling, sampleWeights }));
  const { alphaTheta, alphaW, noise } = report.best.evidence as EvidenceRecord;
  const sigma = noise as number;
  const shares = await sharesOf(model, sampleWeights);
  const parts = decodeModel(model.toBytes());
  const J = weightDerivatives(parts, toMatrix(data.inputs, 'inputs'));
  const total = sampleWeights.reduce((sum, weight) => sum + weight, 0);
  const P = parts.theta.length;
  const priors = J.map((_, i) => (i < 12 ? alphaTheta[0] : i < P ? alphaTheta[1] : alphaW));
  /** With the noise s of each output, in units of which its row of W has its prior. */
  const information = (s: readonly number[]) =>
    J.map((a, i) =>
      J.map((b, j) => {
        const sum = a.reduce((sum, x, k) => sum + sampleWeights[Math.floor(k / 2)] * s[k % 2] ** 2 * x * b[k], 0);
        const prior = total * priors[i] * (i < P ? 1 : s[Math.floor((2 * (i - P)) / (J.length - P))] ** 2);
        return (sum + (i === j ? prior : 0)) / sigma ** 2;
      }),
    );
  const [A, B] = [information([1, 1]), information(shares)];
  const at = weightDerivatives(parts, toMatrix(held.inputs, 'inputs'));
  const expected = at[0].map((_, k) => {
    const j = at.map((column) => column[k]);
    const solution = solved(A, j);
    return Math.sqrt(solution.reduce((sum, x, i) => sum + x * B[i].reduce((row, b, l) => row + b * solution[l], 0), 0));
  });
  const told = await model.predict(held.inputs, { uncertainty: true });
  close(t, told.standardDeviation.data, expected, 'standard deviation', 1e-6);
  close(
    t,
    told.noise,
    shares.map((share) => share * sigma),
    'noise',
    1e-9,
  );
});

/** By Gauss–Jordan elimination of a positive definite matrix. */
function solved(A: number[][], b: readonly number[]): number[] {
  const rows = A.map((row, i) => [...row, b[i]]);
  rows.forEach((pivot, i) => {
    rows.forEach((row, k) => {
      if (k === i) return;
      const factor = row[i] / pivot[i];
      pivot.forEach((x, j) => {
        row[j] -= factor * x;
      });
    });
  });
  return rows.map((row, i) => row[b.length] / row[i]);
}

t.test('in other units of the targets: the same uncertainty in those', async (t) => {
  const scaling = { targets: 'none' } as const;
  const factors = [1, 2 ** 20, 2 ** 400, 2 ** -400];
  const [own, ...others] = await Promise.all(
    factors.map(async (unit) => {
      const targets = data.targets.map((row) => row.map((y) => unit * y));
      return (await train(given({ scaling, targets }))).model.predict(held.inputs, all);
    }),
  );
  for (const [k, other] of others.entries()) {
    const factor = factors[k + 1];
    const scale = (values: Float64Array) => values.map((x) => x / factor);
    close(t, scale(other.standardDeviation.data), own.standardDeviation.data, `deviations, ${factor}`, 1e-8);
    close(t, scale(other.noise), own.noise, 'noise', 1e-9);
    close(t, scale(scale(other.covariance.data)), own.covariance.data, 'covariances', 1e-8);
  }
});

t.test('samples of weight 2 are two', async (t) => {
  const sampleWeights = data.inputs.map((_, n) => [1, 2, 0][n % 3]);
  const standing = sampleWeights.flatMap((count, n) => Array<number>(count).fill(n));
  const scaling = { inputs: 'none', targets: 'none' } as const;
  const repeated = { inputs: standing.map((n) => data.inputs[n]), targets: standing.map((n) => data.targets[n]) };
  const [a, b] = await Promise.all(
    [{ sampleWeights }, repeated].map(async (more) =>
      (await train(given({ scaling, ...more }))).model.predict(held.inputs, all),
    ),
  );
  close(t, a.covariance.data, b.covariance.data, 'covariances', 1e-5);
  close(t, a.noise, b.noise, 'noise', 1e-6);
});

t.test('both backends', async (t) => {
  const [native, js] = await Promise.all(
    (['native', 'js'] as const).map(async (backend) =>
      (await train(given({ backend, stop: { iterations: 8 } }))).model.predict(held.inputs, all),
    ),
  );
  close(t, native.covariance.data, js.covariance.data, 'covariances', 1e-6);
});

t.test('a mean of starts: its members go to the file and back', async (t) => {
  const { model, report } = await train(given({ starts: 3 }));
  t.ok(report.members.length > 1, `${report.members.length} members`);
  const told = await model.predict(held.inputs, all);
  t.strictSame(await Model.fromBytes(model.toBytes()).predict(held.inputs, all), told);
  t.match(String(model), /with the posterior of \d members, \d+ KiB/);
});

t.test('there is one however a training ends, but where it is cancelled', async (t) => {
  const noTime = await train(given({ stop: { seconds: 1e-9 } }));
  t.equal(noTime.report.stop.status, 'timeLimit');
  const stopped = await train(given({ onIteration: ({ iteration }) => iteration < 2 }));
  t.equal(stopped.report.stop.status, 'aborted');
  const validated = await train(given({ validation: 0.3 }));
  for (const { model } of [noTime, stopped, validated]) {
    const { standardDeviation } = await model.predict(held.inputs, { uncertainty: true });
    t.ok(standardDeviation.data.every((sigma) => sigma > 0 && Number.isFinite(sigma)));
  }
  const controller = new AbortController();
  const onIteration = ({ iteration }: { iteration: number }) => {
    if (iteration === 2) controller.abort();
  };
  const cancelled = await train(given({ signal: controller.signal, onIteration }));
  t.equal(cancelled.report.stop.status, 'aborted');
  t.equal(cancelled.model.hasPosterior, false);
  const usual = await train(given({ regularization: {}, stop: { iterations: 2 } }));
  t.equal(usual.model.hasPosterior, false, 'regularisation that was given');
});

t.test('hard data: constant targets, exact ones, one sample, more weights than samples', async (t) => {
  const cases: Partial<TrainOptions>[] = [
    { targets: data.inputs.map(() => [3]) },
    { targets: data.inputs.map(([x]) => [2 * x]) },
    { inputs: [[1, 2, 3]], targets: [[4]] },
    { network: sequential([dense(20), tanh()]), inputs: data.inputs.slice(0, 10), targets: data.targets.slice(0, 10) },
  ];
  for (const [k, more] of cases.entries()) {
    const { model } = await train(given(more));
    const request: UncertaintyOptions = { uncertainty: true };
    const { standardDeviation, noise } = await model.predict(held.inputs, request);
    t.ok(
      standardDeviation.data.every((sigma) => sigma >= 0 && Number.isFinite(sigma)),
      `case ${k}`,
    );
    t.ok(noise.every(Number.isFinite));
  }
});
