/** @file Trainings and models while an allocation or a routine of the addon fails: what has been found is kept. */
import { isDeepStrictEqual } from 'node:util';
import t, { type Test } from 'tap';
import { nativeBackend } from '../../lib/backend/native.js';
import { gnvpro, lbfgs, linearRegression, Model, type Training } from '../../lib/index.js';
import type { TrainOptions } from '../../lib/options/trainOptions.js';
import { train, trainSync } from '../../lib/train/train.js';
import { randomMatrix, randomModel, smallNetwork, uncertainParts } from '../support/models.js';
import { watching } from '../train/instrument.js';
import { options, smooth } from '../train/problem.js';
import { count, type Event, failEverywhere, failing, needsFaults } from './support.js';

t.setTimeout(600_000); // under the sanitizers, beside other tests

const trainings: Record<string, Partial<TrainOptions>> = {
  'dense, α_W = 0': {
    optimizer: gnvpro({ linearSolver: 'dense', jacobian: 'kaufman' }),
    regularization: { theta: 1e-6, W: 0 },
    initialize: 'svd',
    stop: { iterations: 3 },
  },
  'Krylov, validation, two levels': {
    network: smallNetwork(),
    levels: 2,
    optimizer: gnvpro({ linearSolver: 'krylov' }),
    validation: 0.2,
    stop: { iterations: 3 },
  },
  'cross entropy, weights of the samples': {
    targets: smooth(40).targets.map(([x, y]) => (x < 0 ? 'a' : y < 0 ? 'b' : 'c')),
    sampleWeights: Array.from({ length: 40 }, (_, n) => n % 3),
    loss: 'crossEntropy',
    optimizer: gnvpro({ linearSolver: 'dense' }),
    regularization: { theta: 1e-6, W: 1e-4 },
    stop: { iterations: 3 },
  },
  'logistic, Krylov': {
    targets: smooth(40).targets.map((row) => row.map((x) => Number(x > 0))),
    loss: 'logistic',
    optimizer: gnvpro({ linearSolver: 'krylov' }),
    regularization: { theta: 1e-6, W: 1e-4 },
    stop: { iterations: 3 },
  },
  'evidence, validation': { regularization: 'evidence', starts: 1, validation: 0.2, stop: { iterations: 3 } },
  'L-BFGS, two threads': { ...smooth(1100), optimizer: lbfgs(), threads: 2, stop: { iterations: 2 } },
};

/** The objectives of all iterations that the caller was told of. */
type Told = number[];

function start(given: Partial<TrainOptions>, sync: boolean) {
  const told: Told = [];
  const all = options({ backend: 'native', ...given, onIteration: ({ objective }) => void told.push(objective) });
  return { told, training: () => (sync ? trainSync(all) : train(all)) };
}

/** What is wrong with a training that ended early, or null. */
function judge({ model, report }: Training, told: Told, expected: string): string | null {
  const merits = report.iterations.filter(({ accepted }) => accepted).map((r) => r.validation ?? r.objective);
  const { status, message } = report.stop;
  if (expected !== '' && (status !== 'failed' || !message.includes(expected))) return `${status}: ${message}`;
  if ((report.best.validation ?? report.best.objective) !== Math.min(...merits)) return 'not the best point';
  if (
    !isDeepStrictEqual(
      told,
      report.iterations.map(({ objective }) => objective),
    )
  )
    return 'iterations are lost';
  return model.predictSync([[0.1, 0.2, 0.3]]).data.every(Number.isFinite) ? null : 'no prediction';
}

const codes = { allocation: 'ERR_MEMORY', thread: '', lapack: 'ERR_LAPACK' };
const words = { allocation: 'not enough memory', thread: '', lapack: 'The LAPACK routine' };

async function failInTraining(t: Test, given: Partial<TrainOptions>, event: Event, atMost: number) {
  const kind = event === 'allocation' || event === 'thread' ? event : 'lapack';
  const clean = start(given, true);
  const expected = await clean.training();
  const total = await count(event, start(given, true).training);
  const stride = Math.max(1, Math.ceil(total / atMost));
  const problems: string[] = [];
  const ends = { same: 0, early: 0, rejected: 0 };
  for (const lasting of [false, true]) {
    for (let n = 1; n <= total; n += stride) {
      const { told, training } = start(given, n % 2 === 0);
      const watch = await watching(nativeBackend, async () => {
        const { outcome } = await failing(event, n, training, { lasting });
        const complain = (what: string | null) => {
          if (what !== null) problems.push(`${lasting ? 'from' : 'at'} ${event} ${n} of ${total}: ${what}`);
        };
        if ('error' in outcome) {
          ends.rejected++;
          const { code, message } = outcome.error;
          complain(code === codes[kind] && told.length === 0 ? null : `${told.length} iterations, ${code}: ${message}`);
        } else if (outcome.value.report.stop.message === expected.report.stop.message) {
          ends.same++;
          complain(judge(outcome.value, told, ''));
        } else {
          ends.early++;
          complain(judge(outcome.value, told, words[kind]));
        }
      });
      if (watch.undisposed !== 0) problems.push(`${event} ${n}: an objective is left`);
    }
  }
  t.strictSame(problems, [], `${event}: ${JSON.stringify(ends)} of ${total}`);
}

for (const [name, given] of Object.entries(trainings)) {
  t.test(name, needsFaults, async (t) => {
    await failInTraining(t, given, 'allocation', 150);
    for (const event of ['dgeqrf', 'dtpqrt', 'dtpmqrt', 'dgesdd', 'dsyevd', 'dpotrf'] as const) {
      // A matrix that is not positive definite stalls the evidence: no failure.
      if (event !== 'dpotrf' || given.regularization !== 'evidence') await failInTraining(t, given, event, 20);
    }
  });
}

t.test('models', needsFaults, async (t) => {
  const inputs = randomMatrix(100, 5);
  const prepare = () => randomModel({}, 'native');
  const two = { threads: 2 };
  await failEverywhere(t, 'predict', { prepare, run: (model) => model.predict(inputs, two) });
  await failEverywhere(t, 'predict, sync', { prepare, run: (model) => model.predictSync(inputs, two) });
  await failEverywhere(t, 'jacobian', { prepare, run: (model) => model.jacobian(inputs, two) });
  await failEverywhere(t, 'jacobian, sync', { prepare, run: (model) => model.jacobianSync(inputs) });
  await failEverywhere(t, 'uncertainty', {
    prepare: () => new Model(uncertainParts(), { backend: 'native' }),
    run: (model) => model.predictSync(inputs, { uncertainty: true }),
  });
  await failEverywhere(t, 'a model that is made', {
    prepare: () => null,
    run: () => randomModel({}, 'native').predictSync(inputs).data,
  });
});

t.test('linear regression', needsFaults, async (t) => {
  const { inputs, targets } = smooth(30);
  await failEverywhere(t, 'fit', {
    prepare: () => null,
    run: async () => (await linearRegression(inputs, targets)).map,
  });
});
