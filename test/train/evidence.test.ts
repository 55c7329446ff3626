/** @file Trainings that find their regularisation and the noise, without validation data. */
import t from 'tap';
import {
  adam,
  type ClassificationMetrics,
  concat,
  dense,
  type EvidenceRecord,
  gnvpro,
  identity,
  linearRegression,
  Random,
  sequential,
  type Training,
  type TrainOptions,
  tanh,
  train,
} from '../../lib/index.js';
import { close, relativeError } from '../support/reference.js';
import { options, smooth } from './problem.js';

const noise = 0.1;
const data = smooth(150, 1, noise);
const held = smooth(400, 2);
const network = sequential([dense(8), tanh()]);
const given = (more: Partial<TrainOptions> = {}) =>
  options({ ...data, network, backend: 'native', regularization: 'evidence', ...more });

async function errorOf({ model }: Training): Promise<number> {
  const { data } = await model.predict(held.inputs);
  return relativeError(data, held.targets.flat());
}

/** Of least squares. */
type Found = EvidenceRecord & { readonly noise: number };
const last = ({ report }: Training) => report.best.evidence as Found;

t.test('better than defaults and a linear model, from no settings', async (t) => {
  const found = await train(given());
  const usual = await train(given({ regularization: {}, validation: 0.2 }));
  const linear = relativeError(
    (await linearRegression(data.inputs, data.targets)).predict(held.inputs).data,
    held.targets.flat(),
  );
  const [own, defaults] = [await errorOf(found), await errorOf(usual)];
  t.ok(own < defaults, `${own} against ${defaults} of the defaults`);
  t.ok(own < 0.4 * linear, `${own} against ${linear} of a linear model`);
  t.equal(found.report.runs.length, 3, 'priors of three strengths');
  t.equal(found.report.stop.status, 'converged');
});

t.test('the noise is found, and what is told adds up', async (t) => {
  const found = await train(given({ scaling: { targets: 'none' } }));
  const { alphaTheta, alphaW, noise: sigma, gammaTheta, gammaW, logEvidence } = last(found);
  t.ok(Math.abs(sigma / noise - 1) < 0.15, `${sigma} of ${noise}`);
  t.equal(alphaTheta.length, 1, 'one layer');
  t.ok(gammaTheta !== null && gammaTheta > 4 && gammaTheta < 32);
  t.ok(gammaW !== null && gammaW > 4 && gammaW <= 18);
  t.ok(Number.isFinite(logEvidence));
  t.strictSame(found.report.used.regularization, { theta: alphaTheta, W: alphaW });
  t.ok(found.report.iterations.every(({ evidence }) => evidence !== null));
  t.equal(found.report.levels[0].alphaTheta, null);
});

t.test('in other units of the targets: the same model and evidence, the noise with them', async (t) => {
  const factor = 2 ** 20;
  const scaling = { targets: 'none' } as const;
  const [one, large] = [1, factor].map((unit) =>
    train(given({ scaling, starts: 1, targets: data.targets.map((row) => row.map((y) => unit * y)) })),
  );
  const [own, other] = [await one, await large];
  close(
    t,
    (await other.model.predict(held.inputs)).data.map((y) => y / factor),
    (await own.model.predict(held.inputs)).data,
    'predictions',
    1e-9,
  );
  const [a, b] = [last(own), last(other)];
  close(t, [b.noise / factor], [a.noise], 'noise', 1e-9);
  const count = 300 * Math.log(factor);
  close(t, [(b.logEvidence ?? 0) + count], [a.logEvidence ?? 0], 'log evidence', 1e-9);
});

t.test('a layer has a number of its own; inputs may be passed on', async (t) => {
  const deep = sequential([dense(3), dense(6), tanh()]);
  const [two, beside] = await Promise.all([
    train(given({ network: deep, starts: 1 })),
    train(given({ network: concat([network, identity()]) })),
  ]);
  t.equal(last(two).alphaTheta.length, 2);
  const error = await errorOf(beside);
  t.ok(error < 0.25, `${error}`);
});

t.test('samples of weight 2 are two', async (t) => {
  const weights = data.inputs.map((_, n) => [1, 2, 0][n % 3]);
  const standing = weights.flatMap((count, n) => Array<number>(count).fill(n));
  const more = { starts: 1, scaling: { inputs: 'none', targets: 'none' } } as const;
  const weighted = await train(given({ ...more, sampleWeights: weights }));
  const repeated = await train(
    given({ ...more, inputs: standing.map((n) => data.inputs[n]), targets: standing.map((n) => data.targets[n]) }),
  );
  const [a, b] = [last(weighted), last(repeated)];
  close(t, [a.noise, a.gammaTheta ?? 0, a.gammaW ?? 0], [b.noise, b.gammaTheta ?? 0, b.gammaW ?? 0], 'found', 1e-6);
  close(t, [a.logEvidence ?? 0], [b.logEvidence ?? 0], 'log evidence', 1e-6);
});

t.test('both backends', async (t) => {
  const few = { network: sequential([dense(4), tanh()]), starts: 1, stop: { iterations: 8 } };
  const [native, js] = await Promise.all(
    (['native', 'js'] as const).map((backend) => train(given({ ...few, backend }))),
  );
  close(t, native.model.theta, js.model.theta, 'θ', 1e-6);
  close(t, [last(native).logEvidence ?? 0], [last(js).logEvidence ?? 0], 'log evidence', 1e-8);
});

t.test('a network without weights: ridge regression', async (t) => {
  for (const backend of ['native', 'js'] as const) {
    const found = await train(given({ network: identity(), backend }));
    const linear = await linearRegression(data.inputs, data.targets);
    close(
      t,
      (await found.model.predict(held.inputs)).data,
      linear.predict(held.inputs).data,
      'nearly all is determined',
      0.02,
    );
    t.equal(found.report.stop.status, 'converged');
    t.strictSame(last(found).alphaTheta, []);
    t.ok(Number.isFinite(last(found).logEvidence), 'the model is of the last estimate');
  }
});

t.test('hard data: noise alone, constant targets, exact ones, one sample, twice the same', async (t) => {
  const random = smooth(40, 5, 1);
  const cases: Record<string, Partial<TrainOptions>> = {
    noise: { inputs: random.inputs, targets: random.inputs.map((_, n) => [Math.sin(1e4 * n * n)]) },
    constant: { targets: data.inputs.map(() => [3]) },
    zero: { targets: data.inputs.map(() => [0]) },
    exact: { targets: data.inputs.map(([x]) => [2 * x]) },
    'one sample': { inputs: [[1, 2, 3]], targets: [[4]] },
    'two samples': {
      inputs: [
        [1, 2, 3],
        [2, 1, 0],
      ],
      targets: [[4], [5]],
    },
    'too many weights': {
      network: sequential([dense(40), tanh()]),
      inputs: data.inputs.slice(0, 20),
      targets: data.targets.slice(0, 20),
    },
    duplicates: { inputs: [...data.inputs, ...data.inputs], targets: [...data.targets, ...data.targets] },
  };
  for (const [name, more] of Object.entries(cases)) {
    const found = await train(given({ ...more, stop: { iterations: 200 } }));
    const { data: predicted } = await found.model.predict(held.inputs);
    t.ok(predicted.every(Number.isFinite), name);
    const { alphaTheta, alphaW, noise } = last(found);
    t.ok(
      [...alphaTheta, alphaW, noise].every((x) => Number.isFinite(x) && x >= 0),
      `${name}: ${alphaTheta} ${alphaW} ${noise}`,
    );
    t.match(
      found.report.stop.status,
      /converged|workLimit|iterationLimit|stalled/,
      `${name}: ${found.report.stop.message}`,
    );
  }
});

/** Three classes of the plane, by a boundary that no linear model has. */
function quadrants(count: number, seed: number) {
  const { inputs } = smooth(count, seed);
  const random = new Random(seed + 100);
  const classOf = ([x, y]: number[]) =>
    x * x + y * y < 0.4 ? 'inner' : x + random.normal(0, 0.2) > 0 ? 'right' : 'left';
  return { inputs, targets: inputs.map(classOf) };
}
const classes = { loss: 'crossEntropy', ...quadrants(200, 5) } as const;

t.test('classes: better than the defaults, without validation data', async (t) => {
  const held = quadrants(1000, 6);
  const found = await train(given(classes));
  const usual = await train(given({ ...classes, regularization: {}, validation: 0.2 }));
  const errorOf = async ({ model }: Training) =>
    ((await model.evaluate(held.inputs, held.targets)) as unknown as ClassificationMetrics).crossEntropy;
  const [own, defaults] = [await errorOf(found), await errorOf(usual)];
  t.ok(own < defaults, `${own} against ${defaults} of the defaults`);
  const { noise, gammaTheta, gammaW, logEvidence, alphaW } = last(found);
  t.equal(noise, null, 'the loss is minus the log likelihood as it stands');
  t.ok(gammaTheta !== null && gammaTheta > 3 && gammaTheta < 24);
  t.ok(gammaW !== null && gammaW > 1 && gammaW <= 27);
  t.ok(logEvidence !== null && logEvidence < 0 && logEvidence > 200 * Math.log(1 / 3), `${logEvidence}`);
  t.ok(alphaW >= 1 / 200, 'weights of logits have a size');
  t.equal(found.report.stop.status, 'converged');
});

t.test('classes that can be told apart, labels, one class but for a sample', async (t) => {
  const { inputs } = smooth(60, 7);
  const apart = inputs.map(([x]) => (x > 0 ? 'a' : 'b'));
  const rare = inputs.map((_, n) => (n === 3 ? 'a' : 'b'));
  const labels = inputs.map(([x, y]) => [Number(x > 0), Number(y > 0.2)]);
  for (const more of [
    { loss: 'crossEntropy', targets: apart },
    { loss: 'crossEntropy', targets: rare },
    { loss: 'logistic', targets: labels },
  ] as Partial<TrainOptions>[]) {
    const { report, model } = await train(given({ inputs, ...more, stop: { iterations: 100 } }));
    t.match(report.stop.status, /converged|iterationLimit/);
    t.ok(Number.isFinite(report.best.evidence?.logEvidence));
    const { data } = await model.predict(inputs);
    t.ok(data.every(Number.isFinite));
  }
});

t.test('products in place of the matrix: a network of more weights', async (t) => {
  const wide = sequential([dense(700), tanh(), dense(6), tanh()]);
  const { report } = await train(given({ network: wide, starts: 1, stop: { iterations: 12 } }));
  const { gammaTheta, logEvidence } = report.best.evidence as EvidenceRecord;
  t.ok(gammaTheta !== null && gammaTheta > 1 && gammaTheta < 3000, `${gammaTheta} of 6306 weights`);
  t.ok(Number.isFinite(logEvidence));
});

t.test('with validation data, they decide which iterate is best', async (t) => {
  const { report } = await train(given({ validation: 0.3, starts: 1 }));
  t.ok(report.best.validation !== null && report.heldOut !== null);
});

t.test('refused before any work', async (t) => {
  const full = gnvpro({ jacobian: 'golub-pereyra' });
  const wrong: [Partial<TrainOptions>, RegExp][] = [
    [{ optimizer: adam() }, /gnvpro, not adam/],
    [{ levels: 2 }, /levels of 1, not 2/],
    [{ nested: [{ samples: 20, iterations: 1 }] }, /no nested parts/],
    [{ optimizer: gnvpro({ batches: { size: 20 } }) }, /all samples at a time, not batches/],
    [{ refit: true, validation: 0.2 }, /no refit/],
    [{ network: dense(2000), optimizer: full }, /the Jacobian kaufman, not golub-pereyra, .* more than 4000 weights/],
    [{ ...classes, optimizer: full }, /the Jacobian kaufman, not golub-pereyra, for another loss/],
    [{ ...classes, network: dense(1000) }, /a last layer of at most 2000 weights, .* not 3003/],
    [{ regularization: 'evidences' as 'evidence' }, /'auto', 'evidence' or \{ theta, W \}/],
  ];
  for (const [more, message] of wrong) await t.rejects(train(given(more)), { code: 'ERR_OPTION', message });
  await t.resolves(train(given({ optimizer: full, stop: { iterations: 3 } })));
});
