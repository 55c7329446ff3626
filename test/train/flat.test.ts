/** @file Numbers without rows: columns for a training, one sample for a model; and `auto` for both numbers. */
import t from 'tap';
import {
  classesOf,
  dense,
  lbfgs,
  linearRegression,
  matrix,
  oneHot,
  Random,
  type TrainOptions,
  trainSync,
} from '../../lib/index.js';
import { detach } from '../support/buffers.js';

const random = new Random(2);
const N = 24;
const x = Array.from({ length: N }, () => random.uniform(-1, 1));
const points = x.map((value) => [value, value * value]);
const y = x.map((value) => Math.sin(2 * value));
const column = (values: readonly number[]) => values.map((value) => [value]);
const plain = { network: dense(3, { activation: 'tanh' }), stop: { iterations: 3 }, backend: 'js' } as const;

function theta(options: Omit<TrainOptions, 'network' | 'stop' | 'backend'>): Float64Array {
  return trainSync({ ...plain, ...options } as TrainOptions).model.theta;
}

t.test('targets and inputs of one column', async (t) => {
  const expected = theta({ inputs: points, targets: column(y) });
  t.strictSame(theta({ inputs: points, targets: y }), expected, 'an array');
  t.strictSame(theta({ inputs: points, targets: Float64Array.from(y) }), expected, 'a Float64Array');
  t.strictSame(theta({ inputs: points, targets: { data: y, shape: [N] } }), expected, 'a tensor of one dimension');
  t.strictSame(
    theta({ inputs: points, targets: Float32Array.from(y) }),
    theta({ inputs: points, targets: column([...Float32Array.from(y)]) }),
  );
  const whole = points.map((_, n) => n % 5);
  for (const type of [Int32Array, Uint32Array, Int16Array, Uint16Array, Int8Array, Uint8Array, Uint8ClampedArray]) {
    t.strictSame(
      theta({ inputs: points, targets: type.from(whole) }),
      theta({ inputs: points, targets: column(whole) }),
    );
  }
  t.strictSame(theta({ inputs: x, targets: y }), theta({ inputs: column(x), targets: column(y) }), 'inputs, too');
  const own = { inputs: Float64Array.from(x.slice(0, 6)), targets: y.slice(0, 6) };
  t.strictSame(
    theta({ inputs: x, targets: y, validation: own }),
    theta({ inputs: x, targets: y, validation: { inputs: column(x.slice(0, 6)), targets: column(y.slice(0, 6)) } }),
    'and validation data',
  );
});

t.test('labels in any list of integers', async (t) => {
  const labels = x.map((value) => Number(value > 0) + 3);
  const expected = theta({ inputs: points, targets: labels, loss: 'crossEntropy' });
  for (const targets of [
    Float64Array.from(labels),
    Uint16Array.from(labels),
    { data: labels, shape: [N] },
    column(labels),
  ]) {
    t.strictSame(theta({ inputs: points, targets, loss: 'crossEntropy' }), expected);
  }
  t.strictSame(classesOf(Uint32Array.of(7, 3)), [3, 7]);
  t.strictSame([...oneHot({ data: [3, 7], shape: [2] }, [3, 7]).data], [1, 0, 0, 1]);
  const fractions = { inputs: points, targets: Float64Array.from(y), loss: 'crossEntropy' } as const;
  t.throws(() => theta(fractions), { code: 'ERR_LABEL', message: /an integer for row 0 of targets/ });
  t.throws(() => classesOf(BigInt64Array.of(1n) as never), { code: 'ERR_LABEL' });
  const yesOrNo = x.map((value) => Number(value > 0));
  const logistic = theta({ inputs: points, targets: yesOrNo, loss: 'logistic' });
  t.strictSame(theta({ inputs: points, targets: column(yesOrNo), loss: 'logistic' }), logistic);
});

t.test('one sample for a model', async (t) => {
  const { model } = trainSync({ ...plain, inputs: points, targets: y });
  const one = model.predictSync([[0.3, -0.2]]);
  t.strictSame(one.shape, [1, 1]);
  for (const sample of [[0.3, -0.2], Float64Array.of(0.3, -0.2), { data: [0.3, -0.2], shape: [2] }]) {
    t.strictSame(model.predictSync(sample), one);
    t.strictSame(await model.predict(sample), one);
    t.strictSame(await model.jacobian(sample), model.jacobianSync([[0.3, -0.2]]));
  }
  t.strictSame(await model.evaluate(points, y), model.evaluateSync(points, column(y)));
  t.strictSame(await model.evaluate([0.3, -0.2], [1]), model.evaluateSync([[0.3, -0.2]], [[1]]));
  const refused = {
    code: 'ERR_SHAPE',
    message: /rows of 2 numbers for inputs, a row a sample, or the 2 numbers of one sample, .* 3 numbers without rows/,
  };
  t.throws(() => model.predictSync([1, 2, 3]), refused);
  await t.rejects(model.jacobian(new Float64Array(3)), refused);
  await t.rejects(model.evaluate(points, y.slice(1)), { code: 'ERR_SHAPE', message: /24 × 1 targets/ });
});

t.test('a model of one input takes a number a sample, one of several outputs a sample', async (t) => {
  const { model } = trainSync({ ...plain, inputs: x, targets: points });
  t.strictSame(model.predictSync([0.1, 0.2, 0.3]), model.predictSync([[0.1], [0.2], [0.3]]));
  t.strictSame(model.evaluateSync([0.1], [1, 2]), model.evaluateSync([[0.1]], [[1, 2]]));
  t.throws(() => model.evaluateSync([0.1, 0.2], [1, 2]), { code: 'ERR_SHAPE', message: /2 × 2 targets/ });
  t.throws(() => model.evaluateSync([0.1, 0.2], [1, 2, 3, 4]), { code: 'ERR_SHAPE', message: /without rows/ });
});

t.test('a classifier takes labels, and one sample', async (t) => {
  const targets = x.map((value) => (value > 0 ? 'up' : 'down'));
  const { model } = trainSync({ ...plain, inputs: points, targets, loss: 'crossEntropy' });
  t.strictSame(model.predictClassesSync([0.3, -0.2]), model.predictClassesSync([[0.3, -0.2]]));
  t.strictSame(model.predictProbabilitiesSync([0.3, -0.2]), model.predictProbabilitiesSync([[0.3, -0.2]]));
  t.equal(model.evaluateSync([0.3, -0.2], ['up']).samples, 1);
});

t.test('linear regression', async (t) => {
  const js = { backend: 'js' } as const;
  const flat = await linearRegression(x, Float64Array.from(y), js);
  const rows = await linearRegression(column(x), column(y), js);
  t.strictSame([flat.map, flat.inputMean, flat.targetMean], [rows.map, rows.inputMean, rows.targetMean]);
  t.strictSame(flat.predict([0.5, 1]), rows.predict([[0.5], [1]]));
  const two = await linearRegression(points, y, js);
  t.strictSame(two.predict([0.5, 1]), two.predict([[0.5, 1]]));
  t.throws(() => two.predict([1, 2, 3]), { code: 'ERR_SHAPE', message: /without rows/ });
});

t.test('what stays refused, with its place', async (t) => {
  const train = (options: object) => trainSync({ ...plain, inputs: points, targets: y, ...options } as TrainOptions);
  const cases: [options: object, code: string, message: RegExp][] = [
    [{ targets: [] }, 'ERR_SHAPE', /at least one row of at least one number for targets/],
    [{ targets: new Float64Array(0) }, 'ERR_OPTION', /for targets but received a Float64Array of length 0/],
    [{ targets: [1, [2]] }, 'ERR_OPTION', /a number for entry 1 of the data of targets/],
    [{ targets: [[1], 2] }, 'ERR_OPTION', /an array of numbers for row 1 of targets but received 2/],
    [{ targets: [1, '2'] }, 'ERR_OPTION', /entry 1 of the data of targets but received "2"/],
    [{ targets: y.map((v, n) => (n === 3 ? Number.NaN : v)) }, 'ERR_NONFINITE', /NaN in row 3, column 0/],
    [{ targets: y.slice(1) }, 'ERR_SHAPE', /as many rows of targets as of inputs, 24, but received 23/],
    [{ inputs: points.flat() }, 'ERR_SHAPE', /as many rows of targets as of inputs, 48/],
    [{ targets: 'y' }, 'ERR_OPTION', /for targets but received "y"/],
    [{ targets: BigInt64Array.of(1n) }, 'ERR_OPTION', /for targets but received a BigInt64Array/],
    [{ targets: { data: y, shape: [N + 1] } }, 'ERR_OPTION', /the shape of targets/],
    [{ targets: detached() }, 'ERR_DETACHED', /targets/],
    [{ validation: { inputs: points, targets: [1, 2] } }, 'ERR_SHAPE', /rows of validation\.targets/],
  ];
  for (const [options, code, message] of cases) t.throws(() => train(options), { code, message }, String(message));
  t.throws(() => matrix(y, [N]), { code: 'ERR_OPTION' }, 'matrix() makes rows and columns');
});

function detached(): Float64Array {
  const array = new Float64Array(N);
  detach(array);
  return array;
}

t.test("regularization: 'auto' is evidence where it can be had, else auto of both", async (t) => {
  const given = { ...plain, inputs: points, targets: y, regularization: 'auto' } as const;
  const found = trainSync(given);
  t.strictSame(found.model.theta, trainSync({ ...given, regularization: 'evidence' }).model.theta);
  t.equal(found.report.runs.length, 3, 'priors of three strengths');
  const search = { ...given, validation: 0.25 };
  for (const other of [{ refit: true }, { nested: [{ samples: 12, iterations: 1 }] }, { optimizer: lbfgs() }]) {
    const word = trainSync({ ...search, ...other });
    const both = trainSync({ ...search, ...other, regularization: { theta: 'auto', W: 'auto' } });
    t.strictSame(word.model.theta, both.model.theta);
    t.ok(word.report.runs.length > 3, 'a search');
    t.throws(() => trainSync({ ...given, ...other }), { code: 'ERR_OPTION', message: /Expected validation data with/ });
  }
  for (const wrong of ['Auto', 1e-4, null, ['auto']]) {
    const options = { ...plain, ...search, regularization: wrong as never };
    t.throws(() => trainSync(options), { code: 'ERR_OPTION', message: /regularization/ }, String(wrong));
  }
});
