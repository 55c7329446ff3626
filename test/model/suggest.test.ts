/** @file The samples that teach most: against conditioning of the full covariance matrix of all outputs of all candidates. */
import t, { type Test } from 'tap';
import { type Inputs, Model, suggest } from '../../lib/index.js';
import { product } from '../../lib/linalg/matmul.js';
import type { Factors } from '../../lib/model/factors.js';
import type { ModelParts } from '../../lib/model/parts.js';
import { tanh } from '../../lib/network/activation.js';
import { dense } from '../../lib/network/dense.js';
import { sequential } from '../../lib/network/sequential.js';
import { pointsIn, readBox } from '../../lib/suggest/candidates.js';
import { average } from '../../lib/train/average.js';
import {
  covarianceOf,
  randomMatrix,
  randomModel,
  randomParts,
  uncertainParts,
  weightDerivatives,
  withPosterior,
} from '../support/models.js';
import { close } from '../support/reference.js';

const mixture = (outputs: number) => {
  const first = randomParts({ outputs });
  return average(
    [1, 2, 3].map((seed) => withPosterior({ ...randomParts({ outputs, seed }), scaling: first.scaling }, seed)),
  );
};
/** θ of two weights: fewer directions than outputs. */
const narrow = () =>
  uncertainParts({ network: sequential([dense(1, { bias: false }), tanh()]), inputs: 2, outputs: 5 });

const cases: Record<string, ModelParts> = {
  'one start': uncertainParts(),
  'one output, no bias': uncertainParts({ outputs: 1, bias: false }),
  'more outputs than directions': narrow(),
  'a mean of three starts': mixture(3),
  'a mean of three starts, one output': mixture(1),
};

const factorsOf = async (model: Model, inputs: Inputs) => (await model.joint(inputs, {}, () => {})).factors;

/** Of all outputs of all samples, in units of the noise. */
function jointCovariance({ samples, outputs, D, B }: Factors): number[][] {
  const [DD, BB] = [product(D, D, { tb: true }), product(B, B, { tb: true })];
  const size = samples * outputs;
  return Array.from({ length: size }, (_, x) =>
    Array.from({ length: size }, (_, y) => {
      const common = BB.data[Math.floor(x / outputs) * samples + Math.floor(y / outputs)];
      return DD.data[x * size + y] + (x % outputs === y % outputs ? common : 0);
    }),
  );
}

/** Rows and variances, output after output, by C ← C − C_i (C_ii + 1)⁻¹ C_iᵀ on the whole matrix. */
function bruteForce(C: number[][], samples: number, outputs: number, count: number) {
  const rows: number[] = [];
  const variances: number[] = [];
  while (rows.length < count) {
    const own = (n: number) => Array.from({ length: outputs }, (_, o) => C[n * outputs + o][n * outputs + o]);
    const total = (n: number) => own(n).reduce((sum, variance) => sum + variance, 0);
    const left = Array.from({ length: samples }, (_, n) => n).filter((n) => !rows.includes(n));
    const next = left.reduce((best, n) => (total(n) > total(best) ? n : best));
    rows.push(next);
    variances.push(...own(next));
    for (let o = next * outputs; o < (next + 1) * outputs; o++) {
      const row = [...C[o]];
      const pivot = 1 + row[o];
      for (const [x, line] of C.entries())
        line.forEach((_, y) => {
          line[y] -= (row[x] * row[y]) / pivot;
        });
    }
  }
  return { rows, variances };
}

t.test('greedy conditioning is that of the full joint covariance', async (t) => {
  for (const [name, parts] of Object.entries(cases)) {
    for (const backend of ['js', 'native'] as const) {
      const model = new Model(parts, { backend });
      const candidates = randomMatrix(20, parts.inputs);
      const factors = await factorsOf(model, candidates);
      const expected = bruteForce(jointCovariance(factors), 20, parts.outputs, 12);
      const { rows, inputs, standardDeviation } = await suggest(model, { candidates, count: 12 });
      t.strictSame(rows, expected.rows, `${name}, ${backend}`);
      t.equal(new Set(rows).size, 12, 'none twice');
      const taken = rows.map((n) => [...candidates.data.subarray(n * parts.inputs, (n + 1) * parts.inputs)]);
      t.strictSame(inputs, { data: Float64Array.from(taken.flat()), shape: [12, parts.inputs] });
      const { noise } = await model.predict(candidates, { uncertainty: true });
      const deviations = expected.variances.map((variance, i) => noise[i % parts.outputs] * Math.sqrt(variance));
      close(t, standardDeviation.data, deviations, 'deviations, given those before', 1e-10);
      t.strictSame(standardDeviation.shape, [12, parts.outputs]);
    }
  }
});

t.test('the joint covariance is J Σ Jᵀ; its blocks are those of predict', async (t) => {
  for (const [name, parts] of Object.entries(cases)) {
    const model = new Model(parts, { backend: 'js' });
    const candidates = randomMatrix(6, parts.inputs);
    const C = jointCovariance(await factorsOf(model, candidates));
    const told = await model.predict(candidates, { uncertainty: true, covariance: true });
    const { outputs } = parts;
    const blocks = C.flatMap((line, x) => {
      const n = Math.floor(x / outputs);
      return line.slice(n * outputs, (n + 1) * outputs).map((c, y) => c * told.noise[x % outputs] * told.noise[y]);
    });
    close(t, blocks, told.covariance.data, name, 1e-12);
  }
  const parts = uncertainParts();
  const candidates = randomMatrix(4, parts.inputs);
  const model = new Model(parts, { backend: 'js' });
  const C = jointCovariance(await factorsOf(model, candidates));
  const { noise } = await model.predict(candidates, { uncertainty: true });
  const J = weightDerivatives(parts, candidates);
  const Sigma = covarianceOf(parts, 'all');
  const expected = C.flatMap((line, x) =>
    line.map((_, y) =>
      J.reduce((sum, left, a) => sum + left[x] * J.reduce((s, right, b) => s + Sigma[a][b] * right[y], 0), 0),
    ),
  );
  const scaled = C.flatMap((line, x) => line.map((c, y) => c * noise[x % 3] * noise[y % 3]));
  close(t, scaled, expected, 'between samples', 1e-6);
});
