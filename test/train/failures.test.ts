/** @file Jobs that fail in the middle of a training: what has been found is returned, and only a start that fails throws. */
import t, { type Test } from 'tap';
import { jsBackend } from '../../lib/backend/js/backend.js';
import { GnvproError } from '../../lib/errors.js';
import { gnvpro, type LayerDescription, lbfgs, type Report, residual, sequential, tanh } from '../../lib/index.js';
import { antisymmetricDense } from '../../lib/network/antisymmetricDense.js';
import { dense } from '../../lib/network/dense.js';
import type { TrainOptions } from '../../lib/options/trainOptions.js';
import { type Training, train, trainSync } from '../../lib/train/train.js';
import { failingAt } from '../support/failingAt.js';
import { watching } from './instrument.js';
import { options } from './problem.js';

const short = new GnvproError('ERR_MEMORY', 'There is not enough memory for this operation.');
const singular = new GnvproError('ERR_LAPACK', 'The LAPACK routine dsyevd failed with info = 3.');
const kept = 'The model is the best point until then;';

const deep: LayerDescription = sequential([
  dense(3),
  tanh(),
  residual(antisymmetricDense({ initializer: 'lecun' }), { steps: 1 }),
]);

const trainings: Record<string, Partial<TrainOptions>> = {
  'gnvpro, dense': { optimizer: gnvpro({ linearSolver: 'dense' }), stop: { iterations: 3 } },
  'gnvpro, Krylov, validation, two levels': {
    network: deep,
    levels: 2,
    optimizer: gnvpro({ linearSolver: 'krylov' }),
    validation: 0.2,
    stop: { iterations: 2 },
  },
  'L-BFGS': { optimizer: lbfgs(), stop: { iterations: 3 } },
};

interface Attempt {
  readonly training: Training | null;
  readonly thrown: unknown;
  /** Iterations that the caller was told of. */
  readonly told: number;
  readonly undisposed: number;
}

async function attempt(given: Partial<TrainOptions>, n: number, error: Error): Promise<Attempt> {
  let training: Training | null = null;
  let thrown: unknown = null;
  let told = 0;
  let undisposed = 0;
  const all = options({ ...given, onIteration: () => void told++ });
  await failingAt(n, error, async () => {
    const watch = await watching(jsBackend, async () => {
      try {
        training = n % 2 === 0 ? trainSync(all) : await train(all);
      } catch (cause) {
        thrown = cause;
      }
    });
    undisposed = watch.undisposed;
  });
  return { training, thrown, told, undisposed };
}

/** The training is a clean one until it failed, and its model the best point. */
function check(t: Test, { model, report }: Training, clean: Report, message: string, what: string) {
  t.strictSame(report.stop, { status: 'failed', message }, what);
  t.equal(
    report.levels.findIndex(({ stop }) => stop.status === 'failed'),
    report.levels.length - 1,
    'no further level',
  );
  const objectives = ({ iterations }: Report) => iterations.map(({ objective }) => objective);
  const found = objectives(report);
  t.same(found, objectives(clean).slice(0, found.length), 'nothing is lost, nothing made up');
  const merits = report.iterations.filter(({ accepted }) => accepted).map((r) => r.validation ?? r.objective);
  t.equal(report.best.validation ?? report.best.objective, Math.min(...merits), 'the best point is the model');
  t.ok(model.predictSync([[0.1, 0.2, 0.3]]).data.every(Number.isFinite));
}

for (const [name, given] of Object.entries(trainings)) {
  t.test(name, async (t) => {
    let clean!: Report;
    const calls = await failingAt(0, short, () => {
      clean = trainSync(options(given)).report;
    });
    t.equal(calls.at(-1), 'prepare', 'the last call is for the model');
    for (const [error, message] of [
      [short, `${short.message} ${kept} free memory to go on from it.`],
      [singular, `${singular.message} ${kept} try other starting weights or scaled data.`],
    ] as const) {
      for (let n = 1; n < calls.length; n++) {
        const { training, thrown, told, undisposed } = await attempt(given, n, error);
        const what = `${error.code} at call ${n}, ${calls[n - 1]}`;
        t.equal(undisposed, 0, what);
        if (training === null) t.same([thrown, told], [error, 0], `${what}: there is nothing to return`);
        else check(t, training, clean, message, what);
      }
    }
    const { training } = await attempt(given, calls.length, short);
    t.ok(
      training?.model.predictSync([[0.1, 0.2, 0.3]]),
      'a model that could not be loaded yet is loaded when it is used',
    );
  });
}

t.test('other errors are thrown, and so is every error of onIteration', async (t) => {
  const defect = new GnvproError('ERR_INTERNAL', 'A defect.');
  t.same(await attempt({ stop: { iterations: 3 } }, 5, defect), {
    training: null,
    thrown: defect,
    told: 1,
    undisposed: 0,
  });
  for (const own of [short, singular, new GnvproError('ERR_ABORTED', 'Mine.')]) {
    const onIteration = ({ iteration }: { iteration: number }) => {
      if (iteration === 2) throw own;
    };
    await t.rejects(train(options({ onIteration })), own);
  }
});
