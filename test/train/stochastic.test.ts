/** @file Trust-region Gauss–Newton on batches: what a record is of, W on all samples whatever ends it, and that it pays. */
import { join } from 'node:path';
import t from 'tap';
import {
  defineLoss,
  dense,
  gaussNewton,
  gnvpro,
  type IterationRecord,
  type OptimizerDescription,
  sequential,
  type Training,
  tanh,
  train,
  trainSync,
} from '../../lib/index.js';
import type { TrainOptions } from '../../lib/options/trainOptions.js';
import { relativeError } from '../support/reference.js';
import { options, smooth } from './problem.js';

const samples = 60;
const regularization = { theta: 1e-4, W: 1e-4 };
const data = smooth(samples, 1, 0.05);
const base = (more: Partial<TrainOptions> = {}) => options({ ...data, regularization, ...more });
/** Two batches of 25 an epoch; ten samples are left over. */
const batches = { size: 25, iterations: 3, epochs: 2 };

const methods: Record<string, OptimizerDescription> = {
  'dense, kaufman': gnvpro({ linearSolver: 'dense', batches }),
  'dense, golub-pereyra': gnvpro({ linearSolver: 'dense', jacobian: 'golub-pereyra', batches }),
  krylov: gnvpro({ linearSolver: 'krylov', batches }),
  'krylov, golub-pereyra': gnvpro({ linearSolver: 'krylov', jacobian: 'golub-pereyra', batches }),
  'krylov, plain': gnvpro({ linearSolver: 'krylov', preconditioner: 'none', batches }),
  gaussNewton: gaussNewton({ batches }),
};

/** W is what a projection on all samples gives at θ, where it begins anew. */
function projectedAgain({ model }: Training, given: TrainOptions): Training {
  const { validation: _, onIteration: __, signal: ___, ...rest } = given;
  const optimizer = gnvpro({ linearSolver: 'krylov' });
  return trainSync({ ...rest, optimizer, initialize: model.theta, onIteration: () => false });
}

const ofAll = ({ iterations }: Training['report']) => iterations.filter((record) => record.samples === samples);

for (const [name, optimizer] of Object.entries(methods)) {
  t.test(name, async (t) => {
    const given = base({ optimizer });
    const { model, report } = trainSync(given);
    t.match(report.stop, { status: 'iterationLimit', message: '2 epochs are done.' });
    t.same(
      report.iterations.map(({ epoch, batch, samples: of }) => [epoch, batch, of]),
      [[null, null, samples], ...[1, 2].flatMap((epoch) => [1, 2].flatMap((number) => ofBatch(epoch, number)))],
      'three iterations on each batch, the last of an epoch with its point on all samples',
    );
    const [start, , end] = ofAll(report);
    t.ok(end.objective < 0.3 * start.objective, `${start.objective} → ${end.objective}`);
    const again = projectedAgain({ model, report, baselines: [] }, given);
    t.strictSame(again.model.W, model.W, 'W is that of all samples');
    t.equal(again.report.best.objective, report.best.objective);
    const native = trainSync({ ...given, backend: 'native', threads: 1 });
    const error = relativeError(native.model.theta, model.theta);
    t.ok(error < 1e-6, `the two backends: ${error}`);
    const threads = await train({ ...given, backend: 'native', threads: 3 });
    t.strictSame(threads.model.theta, native.model.theta, 'the same bits off the main thread, with three threads');
  });
}

t.test('another seed draws other batches', async (t) => {
  const initialize = Float64Array.from({ length: 24 }, (_, i) => Math.sin(i + 1));
  const given = base({ optimizer: methods['dense, kaufman'], initialize, stop: { iterations: 1 } });
  const [one, again, other] = [3, 3, 4].map((seed) => trainSync({ ...given, seed }).model.theta);
  t.strictSame(again, one);
  t.notSame(other, one);
});

function ofBatch(epoch: number, number: number) {
  return [1, 2, 3].map((k) => [epoch, number, number === 2 && k === 3 ? samples : batches.size]);
}

t.test('batches of as many samples as there are: the method itself, to the bit', async (t) => {
  for (const method of [gnvpro, gaussNewton]) {
    for (const backend of ['js', 'native'] as const) {
      const given = base({ backend, stop: { iterations: 6 } });
      const whole = trainSync({ ...given, optimizer: method() });
      const batch = trainSync({ ...given, optimizer: method({ batches: { size: samples, epochs: 1 } }) });
      const untimed = ({ iterations }: Training['report']) => iterations.map(({ seconds: _, ...record }) => record);
      t.strictSame(untimed(batch.report), untimed(whole.report));
      t.strictSame(batch.model.theta, whole.model.theta);
      t.equal(batch.report.levels[0].estimatedBytes, whole.report.levels[0].estimatedBytes);
    }
  }
});

t.test('every loss', async (t) => {
  const { inputs } = smooth(samples);
  const exp = { kind: 'exp', parameter: null } as const;
  const poisson = defineLoss({
    name: 'poissonOnBatches',
    separable: true,
    value: (b, s, c) => b.sub(b.unary(s, exp), b.mul(c, s)),
    gradient: (b, s, c) => b.sub(b.unary(s, exp), c),
    hessianProduct: (b, s, _, v) => b.mul(b.unary(s, exp), v),
  });
  const losses: [string, Partial<TrainOptions>][] = [
    ['crossEntropy', { loss: 'crossEntropy', targets: inputs.map(([x, y]) => (x * y > 0 ? 'same' : 'other')) }],
    ['logistic', { loss: 'logistic', targets: inputs.map(([x, y, z]) => [Number(x * y > 0), Number(x > z)]) }],
    ['poisson', { loss: poisson, targets: inputs.map(([x, y]) => [Math.round(2 + 2 * Math.sin(2 * x + y))]) }],
  ];
  for (const [name, loss] of losses) {
    for (const method of [gnvpro({ linearSolver: 'krylov', batches }), gaussNewton({ batches })]) {
      const given = base({ ...loss, optimizer: method, innerTolerance: 1e-10 });
      const { model, report } = trainSync(given);
      const [start, , end] = ofAll(report);
      t.ok(end.objective < start.objective, `${name}: ${start.objective} → ${end.objective}`);
      const again = projectedAgain({ model, report, baselines: [] }, given);
      const error = relativeError(again.model.W, model.W);
      t.ok(error < 1e-6, `${name}, ${method.type}: W on all samples, ${error}`);
      const native = trainSync({ ...given, backend: 'native' });
      const difference = relativeError(native.model.theta, model.theta);
      t.ok(difference < 1e-4, `${name}, ${method.type}: the two backends, ${difference}`);
    }
  }
});

t.test('samples of no weight do not matter, wherever they are drawn', async (t) => {
  const { inputs, targets } = smooth(samples);
  const sampleWeights = inputs.map((_, n) => n % 3);
  const other = targets.map((row, n) => (n % 3 === 0 ? [100, -100] : row));
  const given = base({ optimizer: methods.krylov, sampleWeights, scaling: { inputs: 'none', targets: 'none' } });
  const [one, two] = [targets, other].map((targets) => trainSync({ ...given, inputs, targets }).model);
  t.ok(relativeError(two.theta, one.theta) < 1e-9, `${relativeError(two.theta, one.theta)}`);
  t.notSame(trainSync({ ...given, inputs, targets, sampleWeights: undefined } as never).model.theta, one.theta);
});

t.test('whatever ends it, W is that of all samples', async (t) => {
  const optimizer = gnvpro({ batches: { ...batches, epochs: 50 } });
  const inMiddle = ({ iteration }: IterationRecord) => iteration < 8; // on the first batch of the second epoch
  const controller = new AbortController();
  const abort = ({ iteration }: IterationRecord) => void (iteration === 8 && controller.abort());
  const ends: [string, Partial<TrainOptions>][] = [
    ['iterationLimit', { stop: { iterations: 8 } }],
    ['workLimit', { stop: { workUnits: 40 } }],
    ['aborted', { onIteration: inMiddle }],
    ['aborted', { onIteration: abort, signal: controller.signal }],
    ['timeLimit', { stop: { seconds: 1e-9 } }],
  ];
  for (const [status, more] of ends) {
    for (const validation of [undefined, smooth(30, 9)]) {
      if (controller.signal.aborted) continue;
      const given = base({ optimizer, ...more, ...(validation && { validation }) });
      const training = await train(given);
      const { report, model } = training;
      t.equal(report.stop.status, status);
      const last = report.iterations.at(-1) as IterationRecord;
      t.equal(last.samples, samples, `${status}: the last record is of all`);
      const metric = (record: IterationRecord) => (validation ? record.validation : record.objective) as number;
      t.equal(metric(report.best), Math.min(...ofAll(report).map(metric)), 'the best of those on all samples');
      t.strictSame(projectedAgain(training, given).model.W, model.W);
      if (status === 'timeLimit') continue;
      t.equal(report.iterations.at(-2)?.samples, batches.size, 'it ended on a batch');
    }
  }
});

t.test('an abort in a step: what was learned until then is projected on all samples', async (t) => {
  const controller = new AbortController();
  const network = sequential([dense(24), tanh(), dense(24), tanh()]);
  const optimizer = gnvpro({ linearSolver: 'krylov', batches: { size: 4000, iterations: 50 } });
  const given = base({ ...smooth(9000, 5, 0.3), backend: 'native', network, optimizer });
  const onIteration = ({ iteration }: IterationRecord) =>
    void (iteration === 4 && setTimeout(() => controller.abort(), 5));
  const training = await train({ ...given, onIteration, signal: controller.signal });
  const { report, model } = training;
  t.equal(report.stop.status, 'aborted');
  t.same(
    report.iterations.filter(({ samples: of }) => of === 9000).map(({ iteration }) => iteration),
    [0, report.iterations.length - 1],
  );
  t.equal(report.best.iteration, report.iterations.length - 1);
  t.strictSame(projectedAgain(training, given).model.W, model.W);
});

t.test('aborted in an epoch and taken up again: as if it had not been', async (t) => {
  const classes = { loss: 'crossEntropy', targets: data.inputs.map(([x, y]) => (x * y > 0 ? 'same' : 'other')) };
  for (const [name, loss] of Object.entries({ leastSquares: {}, crossEntropy: classes })) {
    const given = base({ ...loss, optimizer: methods.krylov } as Partial<TrainOptions>);
    const checkpoint = join(t.testdir(), `${name}.checkpoint`);
    const stopped = trainSync({ ...given, checkpoint, onIteration: ({ iteration }) => iteration < 8 });
    t.equal(stopped.report.iterations.length, 10, 'the iteration, and the point on all samples');
    const resumed = trainSync({ ...given, checkpoint, resume: true });
    const whole = trainSync(given);
    const untimed = ({ report }: Training) => report.iterations.map(({ seconds: _, inner: __, ...record }) => record);
    t.strictSame(untimed(resumed), untimed(whole), name);
    t.strictSame(resumed.model.theta, whole.model.theta);
    t.strictSame(resumed.model.W, whole.model.W);
  }
});

t.test('an exception in the callback is thrown, and nothing more is done', async (t) => {
  let calls = 0;
  const onIteration = () => {
    if (++calls === 3) throw new Error('mine');
  };
  t.throws(() => trainSync(base({ optimizer: methods.krylov, onIteration })), { message: 'mine' });
  t.equal(calls, 3);
});

t.test('work is counted by the samples that it goes over', async (t) => {
  const { report } = trainSync(base({ optimizer: methods.krylov }));
  const share = batches.size / samples;
  const [start, first] = report.iterations;
  t.equal(start.workUnits, 2, 'an evaluation and a gradient on all samples');
  const units = (passes: number) => share * passes;
  // Evaluation and gradient on the batch, the step, the trial and what follows where it is accepted.
  const passes = 2 + 2 * first.krylovVectors + 1 + 2 * Number(first.accepted);
  t.ok(Math.abs(first.workUnits - start.workUnits - units(passes)) < 1e-12);
  const [before, last] = report.iterations.slice(5, 7);
  t.equal(last.samples, samples);
  const ofLast = units((last.ratio === before.ratio ? 0 : 2 * last.krylovVectors) + 1 + 2 * Number(last.accepted)) + 2;
  t.ok(Math.abs(last.workUnits - before.workUnits - ofLast) < 1e-9, `${last.workUnits - before.workUnits}, ${ofLast}`);
});

t.test('the radius is carried over from batch to batch', async (t) => {
  const { iterations } = trainSync(base({ optimizer: methods.krylov, stop: { iterations: 4 } })).report;
  const { shrink, grow } = gnvpro().trustRegion;
  const [before, next] = iterations.slice(3, 5);
  t.ok(next.batch === 2 && next.accepted);
  const kept = [1, grow, shrink].map((factor) => factor * (before.radius as number));
  t.ok(kept.includes(next.radius as number), `${before.radius} → ${next.radius}`);
});

t.test('the gradient is tested on all samples', async (t) => {
  const optimizer = gnvpro({ batches: { size: 50, epochs: 20 } });
  const { iterations, stop } = trainSync(base({ optimizer, stop: { gradient: 0.1 } })).report;
  t.match(stop, { status: 'converged', message: /tolerance 0\.1/ });
  const [start, last] = [iterations[0], iterations[iterations.length - 1]];
  t.equal(last.samples, samples);
  t.ok(last.gradientNorm <= 0.1 * start.gradientNorm);
  t.ok(
    ofAll({ iterations } as never)
      .slice(0, -1)
      .every(({ gradientNorm }) => gradientNorm > 0.1 * start.gradientNorm),
  );
});

t.test('patience counts epochs', async (t) => {
  const optimizer = gnvpro({ batches: { ...batches, epochs: 1000 } });
  const stop = { patience: 2 };
  const { report } = trainSync(
    base({ optimizer, validation: smooth(30, 9), stop, regularization: { theta: 0, W: 0 } }),
  );
  t.equal(report.stop.status, 'validation');
  const judged = report.iterations.filter(({ validation }) => validation !== null);
  t.strictSame(judged, ofAll(report), 'points on batches are not judged');
  t.equal(
    judged.indexOf(judged.find(({ iteration }) => iteration === report.best.iteration) as never),
    judged.length - 3,
  );
});

t.test('starts, refits and parts', async (t) => {
  const optimizer = gnvpro({ batches: { size: 15, iterations: 2, epochs: 2 } });
  const { report } = trainSync(base({ optimizer, validation: 0.25, starts: 2, refit: true }));
  t.ok(report.runs.filter(({ purpose }) => purpose === 'training').length === 2);
  t.ok(report.runs.some(({ purpose }) => purpose === 'refit'));
  const nested = trainSync(base({ optimizer, nested: [{ samples: 40, iterations: 4 }] })).report;
  t.same([...new Set(nested.iterations.map((record) => record.samples))], [40, 15, 60]);
});

t.test('a network without weights', async (t) => {
  const { report } = trainSync(base({ optimizer: methods.krylov, network: tanh() }));
  t.equal(report.stop.status, 'converged');
});

t.test('with many samples alike, batches come to an error in less work', async (t) => {
  const network = sequential([dense(12, { initializer: 'lecun' }), tanh()]);
  const many = { ...smooth(20_000, 5, 0.3), network, backend: 'native', seed: 7 } as const;
  const run = (options: object, workUnits: number) => {
    const optimizer = gnvpro({ linearSolver: 'krylov', ...options });
    return trainSync(base({ ...many, optimizer, stop: { workUnits } })).report;
  };
  const some = run({ batches: { size: 2000, epochs: 1 } }, 100);
  const all = run({}, 1.5 * some.workUnits);
  t.ok(
    some.best.loss < all.best.loss,
    `${some.best.loss} in ${some.workUnits} units, ${all.best.loss} in half as many more`,
  );
  t.ok(some.memoryBytes < all.memoryBytes, `${some.memoryBytes} bytes, ${all.memoryBytes}`);
});

t.test('what cannot be is refused', async (t) => {
  const code = 'ERR_OPTION';
  for (const [message, make] of [
    [/integer.*batches\.size/, () => gnvpro({ batches: {} as never })],
    [/batches\.iterations/, () => gnvpro({ batches: { size: 10, iterations: 0 } })],
    [/batches\.epochs/, () => gaussNewton({ batches: { size: 10, epochs: 1.5 } })],
    [/Expected initialW: 'projected' with batches/, () => gaussNewton({ initialW: 'random', batches: { size: 10 } })],
    [
      /all samples at a time, not batches/,
      () => trainSync(base({ optimizer: methods.krylov, regularization: 'evidence' })),
    ],
  ] as const) {
    t.throws(make, { code, message });
  }
  const auto = trainSync(
    base({ optimizer: methods.krylov, regularization: 'auto', validation: 0.25, stop: { iterations: 2 } }),
  );
  t.equal(auto.report.runs[0].purpose, 'search', 'auto is by validation where evidence cannot be had');
});
