/** @file The samples that teach most: against conditioning of the full covariance matrix of all outputs of all candidates. */
import t from 'tap';
import { type Inputs, Model, suggest } from '../../lib/index.js';
import type { ModelParts } from '../../lib/model/parts.js';
import { identity, tanh } from '../../lib/network/activation.js';
import { dense } from '../../lib/network/dense.js';
import { sequential } from '../../lib/network/sequential.js';
import { pointsIn, readBox } from '../../lib/suggest/candidates.js';
import { average } from '../../lib/train/average.js';
import { jointCovariance } from '../support/jointCovariance.js';
import {
  covarianceOf,
  randomMatrix,
  randomModel,
  randomParts,
  uncertainParts,
  weightDerivatives,
  withPosterior,
  withPosteriorOfW,
} from '../support/models.js';
import { close } from '../support/reference.js';

const mixture = (outputs: number) => {
  const first = randomParts({ outputs });
  return average(
    [1, 2, 3].map((seed) => withPosterior({ ...randomParts({ outputs, seed }), scaling: first.scaling }, seed)),
  );
};
/** One direction for each input. */
const narrow = (inputs: number) =>
  uncertainParts({ network: sequential([dense(1, { bias: false }), tanh()]), inputs, outputs: 5 });

const cases: Record<string, ModelParts> = {
  'one start': uncertainParts(),
  'one output, no bias': uncertainParts({ outputs: 1, bias: false }),
  'a linear model, without θ': uncertainParts({ network: identity() }),
  'θ held': withPosteriorOfW(randomParts(), [1, 5]),
  'more outputs than directions': narrow(2),
  'one direction': narrow(1),
  'a mean of three starts': mixture(3),
  'a mean of three starts, one output': mixture(1),
};

const factorsOf = async (model: Model, inputs: Inputs) => (await model.joint(inputs, {}, () => {})).factors;

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

t.test('a batch is spread: what was chosen is known, and what lies beside it', async (t) => {
  const model = new Model(uncertainParts({ outputs: 1 }), { backend: 'js' });
  const { inputs } = await suggest(model, { candidates: randomMatrix(20, 5), count: 20 });
  const rows = Array.from({ length: 20 }, (_, n) => [...inputs.data.subarray(5 * n, 5 * n + 5)]);
  const twins = Array.from({ length: 10 }, (_, n) => rows[0].map((x) => x + 1e-9 * (n + 1)));
  const { standardDeviation } = await model.predict([...twins, ...rows], { uncertainty: true });
  const { data } = standardDeviation;
  t.ok(Math.min(...data.subarray(0, 11)) > Math.max(...data.subarray(11)), 'by variance alone all would be twins');
  const { rows: chosen } = await suggest(model, { candidates: [...twins, ...rows], count: 10 });
  t.ok(chosen.filter((n) => n < 11).length <= 2, 'a second one tells less noise');
});

t.test('all of few candidates; a single one; forms of inputs', async (t) => {
  const model = new Model(uncertainParts({ inputs: 1, outputs: 2 }), { backend: 'js' });
  const { rows } = await suggest(model, { candidates: [0, 1, 2, 3], count: 4 });
  t.strictSame([...rows].sort(), [0, 1, 2, 3]);
  t.strictSame((await suggest(model, { candidates: [7], count: 1 })).inputs, {
    data: Float64Array.of(7),
    shape: [1, 1],
  });
  const named = new Model({ ...uncertainParts({ inputs: 2 }), names: { inputs: ['a', 'b'], targets: null } });
  const candidates = [
    { b: 2, a: 1 },
    { a: 3, b: 4 },
  ];
  const { inputs } = await suggest(named, { candidates, count: 1 });
  t.equal(inputs.data[1], inputs.data[0] + 1, 'by name');
});

t.test('in a box: points that fill it evenly, by the seed', async (t) => {
  const model = new Model(uncertainParts({ inputs: 2 }), { backend: 'js' });
  const box = [
    [-1, 3],
    [10, 10],
  ] as const;
  const options = { box, count: 3, candidates: 50 };
  const told = await suggest(model, options);
  t.strictSame(
    told.inputs,
    await suggest(model, { ...options, seed: 0 }).then(({ inputs }) => inputs),
    'the same again',
  );
  t.strictSame(await suggest(model, { ...options, box: { lower: [-1, 10], upper: Float64Array.of(3, 10) } }), told);
  t.notSame((await suggest(model, { ...options, seed: 1 })).inputs, told.inputs);
  const points = pointsIn(box, 50, 0);
  t.strictSame(
    told.rows.flatMap((n) => [...points.data.subarray(2 * n, 2 * n + 2)]),
    [...told.inputs.data],
    'rows are numbers of points',
  );
  const unit = pointsIn(
    readBox(
      [
        [0, 1],
        [0, 1],
        [0, 1],
      ],
      3,
    ),
    512,
    4,
  );
  for (let cell = 0; cell < 8; cell++) {
    const isInside = (n: number) => [0, 1, 2].every((j) => Math.floor(2 * unit.data[3 * n + j]) === ((cell >> j) & 1));
    const inside = Array.from({ length: 512 }, (_, n) => n).filter(isInside).length;
    t.ok(
      Math.abs(inside - 64) <= 8,
      `${inside} of 512 in an eighth; random ones would be 64 ± 7.5 each, some of them further off`,
    );
  }
  t.ok(unit.data.every((x) => x >= 0 && x < 1));
});

t.test('refused', async (t) => {
  const model = new Model(uncertainParts({ inputs: 2 }), { backend: 'js' });
  const candidates = [
    [1, 2],
    [3, 4],
  ];
  const box = [
    [0, 1],
    [0, 1],
  ] as [number, number][];
  const wrong: [object | null, string, RegExp][] = [
    [null, 'ERR_OPTION', /options of suggest/],
    [{ candidates, counts: 1 }, 'ERR_OPTION', /Unknown option "counts".*"count"/],
    [{ candidates }, 'ERR_OPTION', /between 1 and 2 for count/],
    [{ candidates, count: 3 }, 'ERR_OPTION', /between 1 and 2 for count but received 3/],
    [{ candidates, count: 0 }, 'ERR_OPTION', /for count/],
    [{ candidates, count: 1, seed: 1 }, 'ERR_OPTION', /Unknown option "seed"/],
    [{ count: 1 }, 'ERR_OPTION', /for inputs/],
    [{ candidates: [[1, 2, 3]], count: 1 }, 'ERR_SHAPE', /N × 2 inputs/],
    [{ candidates: [[1, Number.NaN]], count: 1 }, 'ERR_NONFINITE', /for inputs/],
    [{ box, candidates: 5, count: 6 }, 'ERR_OPTION', /between 1 and 5 for count/],
    [{ box, candidates, count: 6 }, 'ERR_OPTION', /for candidates/],
    [{ box: [[0, 1]], count: 1 }, 'ERR_OPTION', /2 intervals/],
    [
      {
        box: [
          [0, 1],
          [1, 0],
        ],
        count: 1,
      },
      'ERR_OPTION',
      /at least 1 for the upper end of input 1/,
    ],
    [{ box: [[0, 1], [0]], count: 1 }, 'ERR_OPTION', /lower end of input 1/],
    [{ box: { lower: [0, 0] }, count: 1 }, 'ERR_OPTION', /for box/],
    [{ box: 1, count: 1 }, 'ERR_OPTION', /for box/],
    [{ box, count: 1, seed: -1 }, 'ERR_OPTION', /for seed/],
    [{ box, candidates: 1_000_000, count: 1 }, 'ERR_MEMORY', /at most \d+ samples.*received 1000000/],
  ];
  for (const [options, code, message] of wrong) {
    await t.rejects(suggest(model, options as never), { code, message }, message.source);
  }
  await t.rejects(suggest({} as never, { candidates, count: 1 }), { code: 'ERR_OPTION', message: /a model/ });
  await t.rejects(suggest(randomModel({ inputs: 2 }), { candidates, count: 1 }), {
    code: 'ERR_STATE',
    message: /'evidence'/,
  });
  const linear = new Model(uncertainParts({ inputs: 1, network: dense(1) }), { backend: 'js' });
  const overflow = { code: 'ERR_NONFINITE', message: /of row 1 overflows/ };
  await t.rejects(suggest(linear, { candidates: [1, 1e300], count: 1 }), overflow);
  const signal = AbortSignal.abort(new Error('enough'));
  await t.rejects(suggest(model, { candidates, count: 1, signal }), { message: 'enough' });
  for (const drawn of [50, 5000]) {
    const later = new AbortController();
    const running = suggest(model, { box, candidates: drawn, count: drawn, signal: later.signal });
    setTimeout(() => later.abort(new Error('later')), 5);
    await t.rejects(running, { message: 'later' }, `${drawn} candidates`);
  }
  model.dispose();
  await t.rejects(suggest(model, { candidates, count: 1 }), { code: 'ERR_DISPOSED' });
});

t.test('the same rows with any number of threads, and from a file', async (t) => {
  const model = new Model(mixture(3));
  const candidates = randomMatrix(1100, 5);
  const told = await suggest(model, { candidates, count: 4, threads: 1 });
  t.strictSame(await suggest(model, { candidates, count: 4, threads: 2 }), told);
  t.strictSame(await suggest(Model.fromBytes(model.toBytes()), { candidates, count: 4 }), told);
});
