/** @file Every way a training ends, reached on purpose. */
import t from 'tap';
import type { Point } from '../../lib/backend/backend.js';
import { dense, lbfgs, type Report, type StopOptions, sequential } from '../../lib/index.js';
import { stopRules } from '../../lib/options/stop.js';
import type { TrainOptions } from '../../lib/options/trainOptions.js';
import { stopTest } from '../../lib/train/phase/stop.js';
import { train } from '../../lib/train/train.js';
import { evaluationOf } from '../optimizers/fakeObjective.js';
import { options, smooth } from './problem.js';

/** No rule stops but those that are given. */
const never: StopOptions = {
  gradient: 0,
  objective: 0,
  step: 0,
  patience: Number.POSITIVE_INFINITY,
  workUnits: Number.POSITIVE_INFINITY,
};

async function run(stop: StopOptions, more: Partial<TrainOptions> = {}): Promise<Report> {
  const { model, report } = await train(options({ ...more, stop: { ...never, ...stop } }));
  model.dispose();
  return report;
}

t.test('converged by the gradient', async (t) => {
  const { stop, iterations } = await run({ gradient: 1e-3 });
  t.equal(stop.status, 'converged');
  t.match(stop.message, /‖∇φ‖ fell from .* to .* \(tolerance 0\.001\)/);
  const norms = iterations.map(({ gradientNorm }) => gradientNorm / iterations[0].gradientNorm);
  t.ok(norms[norms.length - 1] <= 1e-3);
  t.ok(
    norms.slice(0, -1).every((share) => share > 1e-3),
    'at the first point that meets it',
  );
});

t.test('converged by the objective', async (t) => {
  const { stop, iterations } = await run({ objective: 0.5 });
  t.equal(stop.status, 'converged');
  t.match(stop.message, /Three iterations in a row lowered the objective by less than 0\.5 of it/);
  const accepted = iterations.filter((record) => record.accepted).map(({ objective }) => objective);
  const last = accepted.slice(-4);
  t.ok(last.every((value, i) => i === 0 || last[i - 1] - value <= 0.5 * last[i - 1]));
});

t.test('converged by the step', async (t) => {
  const { stop, iterations } = await run({ step: 1e-2 });
  t.equal(stop.status, 'converged');
  t.match(stop.message, /The last step, .*, is below 0\.01 of ‖θ‖/);
  t.ok(iterations[iterations.length - 1].accepted);
});

t.test('workLimit', async (t) => {
  for (const optimizer of [undefined, lbfgs()]) {
    const { stop, iterations, workUnits } = await run({ workUnits: 60 }, { optimizer });
    t.equal(stop.status, 'workLimit');
    t.match(stop.message, new RegExp(`^${workUnits} work units are used, 60 were allowed`));
    t.ok(workUnits >= 60 && iterations[iterations.length - 2].workUnits < 60);
  }
});

t.test('iterationLimit', async (t) => {
  const { stop, iterations } = await run({ iterations: 3 });
  t.equal(stop.status, 'iterationLimit');
  t.equal(stop.message, '3 iterations are done.');
  t.equal(iterations.length, 4, 'the start and three iterations');
});

t.test('timeLimit', async (t) => {
  const { stop, iterations } = await run({ seconds: 1e-9 });
  t.equal(stop.status, 'timeLimit');
  t.match(stop.message, /s have passed, 1e-9 s were allowed/);
  t.equal(iterations.length, 1, 'the start is always evaluated');
});

t.test('timeLimit ends the whole training, workLimit one level', async (t) => {
  const timed = await run({ seconds: 1e-9 }, { levels: 3 });
  t.equal(timed.levels.length, 1);
  const limited = await run({ workUnits: 30 }, { levels: 3 });
  t.strictSame(
    limited.levels.map(({ stop }) => stop.status),
    ['workLimit', 'workLimit', 'workLimit'],
  );
});

t.test('validation', async (t) => {
  const noisy = smooth(60, 1, 0.3);
  const { stop, iterations, best } = await run(
    { patience: 3 },
    { ...noisy, validation: 0.4, regularization: { theta: 0, W: 1e-10 } },
  );
  t.equal(stop.status, 'validation');
  t.equal(stop.message, '3 iterations brought no better validation metric.');
  const accepted = iterations.filter((record) => record.accepted);
  t.equal(accepted[accepted.length - 4], best, 'three accepted points after the best');
});

t.test('patience does not count without validation data', async (t) => {
  const { stop } = await run({ patience: 1, iterations: 6 });
  t.equal(stop.status, 'iterationLimit');
});

t.test('stalled: nothing but rounding is left', async (t) => {
  for (const optimizer of [undefined, lbfgs()]) {
    const { stop, iterations } = await run(
      { iterations: 3000 },
      { optimizer, regularization: { theta: 1e-3, W: 1e-3 } },
    );
    t.equal(stop.status, 'stalled');
    t.match(stop.message, /^No better point: /);
    const { gradientNorm } = iterations[iterations.length - 1];
    t.ok(gradientNorm < 1e-6 * iterations[0].gradientNorm, `‖∇φ‖ fell to ${gradientNorm.toExponential(1)}`);
  }
});

t.test('a start that is not finite is an error: there is no model to return', async (t) => {
  const overflowing = {
    network: sequential([dense(4), dense(4, { activation: 'softplus' })]),
    initialize: new Float64Array(36).fill(1e200),
  };
  await t.rejects(train(options(overflowing)), {
    code: 'ERR_NONFINITE',
    message: /could not start\. The objective is NaN: .* Try smaller initial weights or scaled data\./,
  });
});

t.test('a gradient of zero converges at once', async (t) => {
  const zero = smooth(20).inputs.map(() => [0]);
  const { stop, iterations } = await run(
    {},
    { targets: zero, inputs: smooth(20).inputs, regularization: { theta: 0, W: 0 } },
  );
  t.equal(stop.status, 'converged');
  t.equal(iterations.length, 1);
});

t.test('the order of the rules', async (t) => {
  const rules = stopRules({ iterations: 1, seconds: 1, workUnits: 1, patience: 1 });
  const progress = {
    ...{ objective: 1, unknowns: 1, norm: 1, relativeStep: 1, isExact: () => true, unit: 1 },
    firstGradientNorm: 1,
    gradientNorm: 1,
    workUnits: 9,
    iterations: 9,
    seconds: 9,
    sinceBest: 9,
    flat: 9,
  };
  const statuses: (string | undefined)[] = [];
  const dropped = [
    { gradientNorm: 0 },
    { flat: 0 },
    { sinceBest: 0 },
    { workUnits: 0 },
    { iterations: 0 },
    { seconds: 0 },
  ];
  let current = { ...progress };
  for (const drop of dropped) {
    statuses.push(stopTest(rules, { ...current, ...('gradientNorm' in drop ? drop : {}) }, null)?.status);
    if (!('gradientNorm' in drop)) current = { ...current, ...drop };
  }
  statuses.push(stopTest(rules, current, null)?.status);
  t.strictSame(statuses, [
    'converged',
    'converged',
    'validation',
    'workLimit',
    'iterationLimit',
    'timeLimit',
    undefined,
  ]);
});

t.test('a gradient says nothing where its digits are lost, or the data below its rounding', async (t) => {
  const rules = stopRules();
  const progress = {
    ...{ objective: 1, unknowns: 1, norm: 1, relativeStep: 1, isExact: () => true, unit: 1 },
    ...{ firstGradientNorm: 1, gradientNorm: 0 },
    ...{ workUnits: 0, iterations: 0, seconds: 0, sinceBest: 0, flat: 0 },
  };
  const status = (more: Partial<typeof progress>) => stopTest(rules, { ...progress, ...more }, null)?.status;
  t.equal(status({}), 'converged');
  for (const gradientNorm of [Number.POSITIVE_INFINITY, Number.NaN]) {
    t.equal(status({ firstGradientNorm: gradientNorm, gradientNorm }), 'nonFinite');
  }
  t.equal(status({ firstGradientNorm: 0 }), 'stalled', 'nothing moves at the start');
  t.equal(status({ firstGradientNorm: 1e-300, gradientNorm: 1e-310 }), 'stalled', 'numbers vanish');
  t.equal(status({ firstGradientNorm: 0, objective: 0 }), 'converged', 'there is nothing to gain');
  t.equal(status({ firstGradientNorm: 0, objective: 0, isExact: () => false }), 'stalled', 'squares vanish');
  t.equal(status({ firstGradientNorm: 0, unknowns: 0 }), 'converged', 'there is nothing to move');
  const steep = { objective: 1e200, firstGradientNorm: 1e300, gradientNorm: 1e201 };
  t.equal(status(steep), undefined, 'a regulariser has far to fall yet');
  t.equal(status({ ...steep, flat: 3 }), 'stalled', 'or cannot');
  t.equal(status({ ...steep, norm: 0.01 }), 'converged');
});

t.test('a step proves nothing where its length was a guess, or only W hardly moved', async (t) => {
  const progress = {
    ...{ objective: 1, unknowns: 2, norm: 1, relativeStep: 1e-13, isExact: () => true, unit: 1 },
    ...{ firstGradientNorm: 1, gradientNorm: 1e-3, workUnits: 0, iterations: 1, seconds: 0, sinceBest: 0, flat: 0 },
  };
  const point = { x: new Float64Array(2), evaluation: evaluationOf(1) } as Point;
  const outcome = {
    point,
    gradient: new Float64Array(2),
    accepted: true,
    stepNorm: 1e-13,
    isGuess: false,
    radius: null,
    ratio: null,
  };
  const rest = { vectors: 0, stalled: null };
  const status = (more: object, change: object) =>
    stopTest(stopRules(), { ...progress, ...change }, { ...outcome, ...rest, ...more })?.status;
  t.equal(status({}, {}), 'converged');
  t.equal(status({ isGuess: true }, {}), undefined);
  t.equal(status({}, { relativeStep: 1e-3 }), undefined);
  t.equal(status({}, { gradientNorm: 2 }), 'stalled');
});

t.test('defaults, also for undefined', async (t) => {
  t.strictSame(stopRules({ gradient: undefined, seconds: undefined }), stopRules());
  t.strictSame(stopRules(), {
    gradient: 1e-8,
    objective: 1e-9,
    step: 1e-12,
    workUnits: 10_000,
    patience: 20,
    iterations: Number.POSITIVE_INFINITY,
    seconds: Number.POSITIVE_INFINITY,
  });
});
