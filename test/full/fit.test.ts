/** @file A fit without settings: what it takes, what it leaves out, and what it says of it. */
import t from 'tap';
import { fit, Random } from '../../lib/index.js';

/** N × d inputs and targets by a function of a row. */
function sampled(count: number, d: number, of: (x: number[], random: Random) => number, seed = 1) {
  const random = new Random(seed);
  const inputs = Array.from({ length: count }, () => Array.from({ length: d }, () => random.uniform(-1, 1)));
  return { inputs, targets: inputs.map((x) => of(x, random)) };
}

const bent = ([x, y]: number[], random: Random) => Math.sin(3 * x) + y * y + 0.05 * random.normal();
const bent1 = ([x]: number[], random: Random) => Math.sin(3 * x) + 0.05 * random.normal();
const straight = ([x, y]: number[], random: Random) => 3 * x - y + 0.5 + 0.2 * random.normal();

t.test('a linear model for linear data, and it says so', async (t) => {
  const { inputs, targets } = sampled(120, 3, straight);
  const { model, result } = await fit(inputs, targets);
  t.equal(result.chosen, 'linear model');
  t.ok(result.isLinearEnough);
  t.match(result.advice, [/^A linear model is enough/]);
  t.same(
    [...model.theta, result.kind, result.samples, result.leftOut, result.inputs, result.outputs],
    ['numbers', 120, 0, 3, 1],
  );
  const { expected, noise, importance, coverage, baselines, tried } = result;
  const [{ column, share }, second, third] = importance;
  t.same([column, second.column, third.column], [0, 1, 2]);
  t.ok(share > 0.65 && share < 0.8 && third.share < 0.03, '3 : 1 : 0');
  t.ok(Math.abs((noise as number[])[0] - 0.2) < 0.04, 'the noise is found');
  t.ok((expected.rmse as number) > 0.16 && (expected.rmse as number) < 0.24, 'and is what to expect');
  t.ok((coverage as number) > 0.88);
  t.same(
    baselines.map(({ name }) => name.replace(/ \(.*/, '')),
    ['mean', 'linear model', 'nearest neighbours'],
  );
  t.ok(baselines[2].score > baselines[1].score && baselines[0].score > 0.9);
  t.same(tried[0].name, 'linear model');
  t.ok(tried.length > 2);
});

t.test('a network where it is worth it, never worse than the linear model', async (t) => {
  const { inputs, targets } = sampled(150, 2, bent);
  const names = { inputs: ['a', 'b'], targets: ['y'] };
  const { model, result } = await fit(inputs, targets, { names });
  t.notOk(result.isLinearEnough);
  t.match(result.advice, [/^The network is worth it: the root mean square error of the linear model is/]);
  const { expected, baselines, tried, chosen } = result;
  t.ok(expected.score < 0.5 * baselines[1].score);
  t.equal(expected.score, tried.find(({ name }) => name === chosen)?.score, 'the figure of the network that was taken');
  t.equal(expected.judged, 150, 'on each sample, by a model that had not seen it');
  t.same(model.names, names);
  t.same(result.importance.map(({ name }) => name).sort(), ['a', 'b']);
  const fresh = sampled(500, 2, bent, 7);
  const { rmse } = await model.evaluate(fresh.inputs, fresh.targets);
  t.ok(
    rmse < 1.2 * (expected.rmse as number) && rmse > 0.5 * (expected.rmse as number),
    `told ${expected.rmse}, is ${rmse}`,
  );
  t.ok(model.hasPosterior);
  t.equal(result.stop.status, 'done');
  t.same(result.ranges.length, 2);
  t.ok(result.ranges.every(({ least, most }) => least >= -1 && least < -0.9 && most > 0.9 && most <= 1));
});

t.test('the same data give the same model', async (t) => {
  const { inputs, targets } = sampled(40, 2, bent);
  const [a, b, c] = [
    await fit(inputs, targets),
    await fit(inputs, targets, { threads: 2 }),
    await fit(inputs, targets, { seed: 5 }),
  ];
  t.same([...a.model.W], [...b.model.W]);
  t.same(a.result.expected, b.result.expected);
  t.notSame(a.result.expected, c.result.expected, 'other folds');
});

t.test('gaps are left out and counted, and a column that never changes is told', async (t) => {
  const { inputs, targets } = sampled(60, 2, straight);
  const holed = inputs.map((row, n) => [n % 20 === 3 ? Number.NaN : row[0], row[1], 4]);
  const some = targets.map((y, n) => (n === 10 ? Number.NaN : y));
  const { result, model } = await fit(holed, some);
  t.same([result.leftOut, result.samples, model.inputs], [4, 56, 3]);
  t.match(result.notes, [/^4 of 60 rows have a gap/, /^Inputs that never change say nothing: column 2/]);
  const present = holed.flatMap((row, n) => (n % 20 === 3 || n === 10 ? [] : [row]));
  const whole = await fit(
    present,
    some.filter((_, n) => n % 20 !== 3 && n !== 10),
  );
  t.same([...model.W], [...whole.model.W], 'as if they had not been there');
  await t.rejects(
    fit(
      inputs,
      targets.map(() => Number.NaN),
    ),
    {
      code: 'ERR_SHAPE',
      message:
        'Expected at least 3 samples without a gap (of 60 in all), to fit to some and judge on others, but received 0.',
    },
  );
  await t.rejects(fit([[1], [Number.POSITIVE_INFINITY], [2]], [1, 2, 3]), { code: 'ERR_NONFINITE' });
});

t.test('labels or numbers', async (t) => {
  const { inputs } = sampled(80, 2, straight);
  const sides = inputs.map(([x, y]) => (x * y > 0 ? 'same' : 'other'));
  const { model, result } = await fit(inputs, sides, { names: { targets: ['side'] } });
  t.same([result.kind, result.classes, result.outputs, model.loss], ['labels', ['other', 'same'], 2, 'crossEntropy']);
  t.ok(result.expected.error < 0.5 * result.baselines[0].error);
  t.same([result.noise, result.coverage, result.expected.rmse], [null, null, null]);
  t.same(model.names.targets, ['side']);
  t.ok(['other', 'same'].includes(String((await model.predictClasses([[0.5, 0.5]]))[0])));

  const binary = inputs.map(([x]) => Number(x > 0));
  const two = await fit(inputs, binary);
  t.same([two.result.kind, two.result.classes], ['labels', [0, 1]]);
  t.match(two.result.notes, [/^The targets are 0 or 1: they were taken as labels/]);
  t.same((await fit(inputs, binary, { as: 'numbers' })).result.kind, 'numbers');

  const grades = inputs.map(([x]) => Math.round(3 * x));
  const graded = await fit(inputs, grades);
  t.equal(graded.result.kind, 'numbers');
  t.match(graded.result.notes, [/7 different integers: they were taken as numbers/]);
  t.equal((await fit(inputs, grades, { as: 'labels' })).result.kind, 'labels');
  await t.rejects(fit(inputs, sides, { as: 'numbers' }), { code: 'ERR_OPTION', message: /row 0 is a text/ });
  await t.rejects(
    fit(
      inputs,
      inputs.map(() => 'one'),
    ),
    { code: 'ERR_LABEL', message: /at least two classes/ },
  );
});

t.test('a class of one sample', async (t) => {
  await t.rejects(fit([[1], [2], [3]], ['a', 'b', 'a']), {
    code: 'ERR_LABEL',
    message:
      'Expected two samples or more of at least two classes, to train on one and judge on another, but received a: 2, b: 1.',
  });
  const { inputs } = sampled(40, 1, bent1);
  const { result, model } = await fit(
    inputs,
    inputs.map(([x], n) => (n === 3 ? 'rare' : x > 0 ? 'up' : 'down')),
  );
  t.same(result.classes, ['down', 'rare', 'up']);
  t.same(model.classes, ['down', 'rare', 'up'], 'whatever the folds have');
});

t.test('few samples, and samples that say nothing', async (t) => {
  for (const count of [1, 2]) {
    const { inputs, targets } = sampled(count, 2, straight);
    await t.rejects(fit(inputs, targets), {
      code: 'ERR_SHAPE',
      message: `Expected at least 3 samples, to fit to some and judge on others, but received ${count}.`,
    });
  }
  await t.rejects(fit([[1], [1], [1], [1]], [1, 2, 3, 4]), { code: 'ERR_SHAPE', message: /different inputs/ });
  await t.rejects(fit([[1], [2], [3]], [1, 2]), {
    code: 'ERR_SHAPE',
    message: /as many rows of targets as of inputs, 3, but received 2/,
  });
  const { result } = await fit([[0], [1], [2]], [1, 2, 3.1]);
  t.equal(result.samples, 3);
  t.ok(result.cautions.some((text) => text.startsWith('3 samples are few')));

  const { inputs } = sampled(60, 2, straight);
  const random = new Random(9);
  const noise = await fit(
    inputs,
    inputs.map(() => random.normal()),
  );
  t.match(noise.result.cautions, [/^It is no better than the mean of the targets/]);
  t.equal(noise.result.chosen, 'linear model');
});

t.test('more inputs than samples', async (t) => {
  const { inputs, targets } = sampled(40, 60, straight);
  const { result, model } = await fit(inputs, targets);
  t.equal(model.inputs, 60);
  t.ok(result.expected.error < 1, 'better than the mean');
  t.match(result.cautions, [/^40 samples are few for 60 inputs/]);
});

t.test('rows that stand there twice do not make it sure', async (t) => {
  const { inputs, targets } = sampled(40, 2, (_, random) => random.normal());
  const { result } = await fit([...inputs, ...inputs], [...targets, ...targets]);
  t.ok(result.expected.error > 0.9, 'a copy of a held-out sample is held out, too');
  t.ok(result.baselines[2].error > 0.9);
});

t.test('numbers of any size', async (t) => {
  const { inputs, targets } = sampled(40, 1, bent1);
  const usual = (await fit(inputs, targets)).result;
  for (const unit of [1e250, 1e-250]) {
    const { result } = await fit(
      inputs.map(([x]) => [x * unit]),
      targets.map((y) => unit * y),
    );
    t.equal(result.chosen, usual.chosen);
    t.ok(Math.abs(result.expected.error / usual.expected.error - 1) < 0.05, `${result.expected.error}`);
    t.ok(Math.abs((result.expected.rmse as number) / unit / (usual.expected.rmse as number) - 1) < 0.05);
    t.equal(result.importance[0].share, 1);
  }
});

t.test('several targets of units of their own', async (t) => {
  const { inputs, targets } = sampled(80, 2, bent);
  const both = targets.map((y, n) => [y, 1000 * inputs[n][0]]);
  const { result } = await fit(inputs, both);
  const [first, second] = result.expected.rmseByOutput as number[];
  t.ok(first < 0.4 && second < 60, 'each in its own unit');
  t.equal((result.noise as number[]).length, 2);
  t.equal(result.expected.rmse, null, 'which have no sum');
  t.match(result.advice, [/error as a share of the spread of the linear model is \d/]);
});

t.test('aborted', async (t) => {
  const { inputs, targets } = sampled(60, 2, bent);
  const controller = new AbortController();
  const steps: string[] = [];
  const { model, result } = await fit(inputs, targets, {
    signal: controller.signal,
    onProgress: ({ name, step, done }) => {
      steps.push(`${step} ${name} ${done}`);
      if (steps.length === 3) controller.abort();
    },
  });
  t.equal(result.stop.status, 'aborted');
  t.match(result.stop.message, /the model is ".+" as it was for the search/);
  t.equal(result.report, null);
  t.equal(model.predictSync(inputs).shape[0], 60, 'it has a model all the same');
  t.equal(result.tried.length, 3);
  t.same(steps.slice(0, 2), ['search linear model 1', 'search 8 units beside the inputs 2']);
  const late = new AbortController();
  const last = await fit(inputs, targets, {
    signal: late.signal,
    onProgress: ({ step }) => {
      if (step === 'model') late.abort(new Error('enough'));
    },
  });
  t.equal(last.result.stop.status, 'aborted');
  t.equal(last.result.tried[0].folds, 5, 'after the search');
  await t.rejects(fit(inputs, targets, { signal: AbortSignal.abort(new Error('before')) }), { message: 'before' });
});

t.test('mistakes', async (t) => {
  await t.rejects(fit([[1], [2], [3]], [1, 2, 3], { has: 1 } as never), { code: 'ERR_OPTION', message: /of fit/ });
  await t.rejects(fit([[1], [2], [3]], [1, 2, 3], { as: 'number' as never }), {
    code: 'ERR_OPTION',
    message: /Did you mean/,
  });
  await t.rejects(fit([[1], [2, 3], [3]], [1, 2, 3]), { code: 'ERR_SHAPE' });
  await t.rejects(fit(null as never, [1, 2, 3]), { code: 'ERR_OPTION' });
  await t.rejects(fit([[1], ['2'], [3]] as never, [1, 2, 3]), {
    code: 'ERR_OPTION',
    message: /row 1, column 0 of inputs/,
  });
});
