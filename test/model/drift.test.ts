/** @file Drift: χ² against the inverse of the joint covariance, and how often it warns. */
import t from 'tap';
import { dense, type Inputs, identity, Model, Random, sequential, tanh, train } from '../../lib/index.js';
import { cholesky, choleskySolve } from '../../lib/linalg/cholesky.js';
import { matrix } from '../../lib/linalg/matrix.js';
import { average } from '../../lib/train/average.js';
import { jointCovariance } from '../support/jointCovariance.js';
import {
  normal,
  randomMatrix,
  randomModel,
  randomParts,
  uncertainParts,
  withPosterior,
  withPosteriorOfW,
} from '../support/models.js';
import { close } from '../support/reference.js';

const first = randomParts();
const members = [1, 2].map((seed) => withPosterior({ ...randomParts({ seed }), scaling: first.scaling }, seed));
const cases = {
  'one start': uncertainParts(),
  'one output, no bias': uncertainParts({ outputs: 1, bias: false }),
  'a linear model, without θ': uncertainParts({ network: identity() }),
  'θ held': withPosteriorOfW(randomParts(), [1, 5]),
  'a mean of two starts': average(members),
};

/** C + Ω⁻¹ of all outputs, in units of the noise. */
async function covarianceOfTargets(model: Model, inputs: Inputs, weights: ArrayLike<number>) {
  const { factors } = await model.joint(inputs, {}, () => {});
  const rows = jointCovariance(factors);
  for (const [x, row] of rows.entries()) row[x] += 1 / weights[Math.floor(x / model.outputs)];
  return matrix(rows.length, rows.length, Float64Array.from(rows.flat()));
}

/** Of deviations in units of the noise: what the model says of each output, with them. */
async function targetsAt(model: Model, inputs: Inputs) {
  const { mean, noise } = await model.predict(inputs, { uncertainty: true });
  return (deviations: ArrayLike<number>) => ({
    data: mean.data.map((s, i) => s + noise[i % noise.length] * deviations[i]),
    shape: mean.shape,
  });
}

t.test('χ² by the inverse of the joint covariance', async (t) => {
  for (const [name, parts] of Object.entries(cases)) {
    for (const backend of ['js', 'native'] as const) {
      const model = new Model(parts, { backend });
      const inputs = randomMatrix(9, 5);
      const r = normal(new Random(7), 9 * model.outputs);
      const targets = await targetsAt(model, inputs);
      for (const weights of [null, [1, 2, 0.5, 1, 1, 3, 1, 1, 1]]) {
        const S = await covarianceOfTargets(model, inputs, weights ?? new Array(9).fill(1));
        const solved = choleskySolve(cholesky(S) as NonNullable<ReturnType<typeof cholesky>>, r);
        const expected = r.reduce((sum, deviation, i) => sum + deviation * solved[i], 0);
        const options = weights === null ? {} : { sampleWeights: weights };
        const told = await model.drift(inputs, targets(r), options);
        close(t, [told.chiSquare], [expected], `${name}, ${backend}`, 1e-9);
        t.equal(told.degreesOfFreedom, 9 * model.outputs);
        t.equal(told.isDrift, told.pValue < 0.05);
      }
    }
  }
});

t.test('a sample of weight 0 is none', async (t) => {
  const model = new Model(uncertainParts(), { backend: 'js' });
  const [inputs, some] = [randomMatrix(5, 5), { data: randomMatrix(5, 5).data.slice(0, 20), shape: [4, 5] }];
  const targets = (await targetsAt(model, inputs))(normal(new Random(1), 15));
  const told = await model.drift(inputs, targets, { sampleWeights: [1, 1, 1, 1, 0] });
  t.strictSame(told, await model.drift(some, { data: targets.data.slice(0, 12), shape: [4, 3] }));
});

t.test('of targets as the model expects one in twenty is taken for drift, of others all', async (t) => {
  for (const [name, parts] of Object.entries(cases)) {
    const model = new Model(parts);
    const inputs = randomMatrix(12, 5);
    const targets = await targetsAt(model, inputs);
    const S = await covarianceOfTargets(model, inputs, new Array(12).fill(1));
    const L = cholesky(S) as NonNullable<ReturnType<typeof cholesky>>;
    const random = new Random(11);
    const size = L.rows;
    let [alarms, found, sum] = [0, 0, 0];
    for (let draw = 0; draw < 200; draw++) {
      const z = normal(random, size);
      const r = Float64Array.from({ length: size }, (_, i) => {
        return L.data.subarray(i * size, i * size + i + 1).reduce((total, l, k) => total + l * z[k], 0);
      });
      const { isDrift, pValue } = await model.drift(inputs, targets(r));
      if (draw < 10) found += Number((await model.drift(inputs, targets(r.map((x) => 3 * x)))).isDrift);
      alarms += Number(isDrift);
      sum += pValue / 200;
    }
    t.ok(alarms >= 2 && alarms <= 20, `${name}: ${alarms} of 200, 10 ± 3 expected`);
    t.equal(found, 10, 'deviations of three times that size');
    t.ok(Math.abs(sum - 0.5) < 0.08, `mean p ${sum.toFixed(3)}`);
  }
});

t.test('after a training: the same function, and another', async (t) => {
  const random = new Random(5);
  const draw = (count: number, change: number) => {
    const inputs = Array.from({ length: count }, () => [random.uniform(-1, 1)]);
    return { inputs, targets: inputs.map(([x]) => [Math.sin(3 * x) + change * x ** 2 + 0.1 * random.normal()]) };
  };
  const { model } = await train({
    network: sequential([dense(6), tanh()]),
    ...draw(150, 0),
    regularization: 'evidence',
  });
  const [same, other] = [draw(60, 0), draw(60, 0.3)];
  t.equal((await model.drift(same.inputs, same.targets)).isDrift, false);
  t.equal((await model.drift(other.inputs, other.targets)).isDrift, true);
  t.equal((await model.drift(other.inputs, other.targets, { level: 1e-300 })).isDrift, false);
});

t.test('refused', async (t) => {
  const model = new Model(uncertainParts({ inputs: 1, outputs: 1 }), { backend: 'js' });
  await t.rejects(model.drift([[1]], [[1, 2]]), { code: 'ERR_SHAPE' });
  await t.rejects(model.drift([[1]], [[Number.NaN]]), { code: 'ERR_NONFINITE' });
  await t.rejects(model.drift([[1]], [[1e200]]), { code: 'ERR_NONFINITE', message: /overflow/ });
  await t.rejects(model.drift([[1]], [[1]], { level: 0 }), { code: 'ERR_OPTION', message: /for level/ });
  await t.rejects(model.drift([[1]], [[1]], { levels: 1 } as never), { code: 'ERR_OPTION', message: /"level"/ });
  await t.rejects(model.drift([[1]], [[1]], { sampleWeights: [1, 1] }), { code: 'ERR_OPTION' });
  const plain = randomModel({ inputs: 1, outputs: 1 });
  await t.rejects(plain.drift([[1]], [[1]]), { code: 'ERR_STATE', message: /'evidence'/ });
  const signal = AbortSignal.abort(new Error('enough'));
  await t.rejects(model.drift([[1]], [[1]], { signal }), { message: 'enough' });
});
