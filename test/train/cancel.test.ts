/** @file Cancelling: by a signal before, during and by a timer; by the callback; by an exception in it. */
import { getEventListeners } from 'node:events';
import { setTimeout } from 'node:timers/promises';
import t from 'tap';
import type { StepOptions } from '../../lib/backend/backend.js';
import { type BackendName, selectBackend } from '../../lib/backend/select.js';
import type { GnvproError } from '../../lib/errors.js';
import { dense, type IterationRecord, Network, Random, sequential, tanh, tikhonov } from '../../lib/index.js';
import { noCancel } from '../../lib/job/cancel.js';
import type { Job } from '../../lib/job/job.js';
import type { TrainOptions } from '../../lib/options/trainOptions.js';
import { train, trainSync } from '../../lib/train/train.js';
import { normals } from '../support/numbers.js';
import { openWalk } from '../support/reference.js';
import type { Walk } from '../support/walk.js';
import { watching } from './instrument.js';
import { options } from './problem.js';

const endless = { gradient: 0, objective: 0, step: 0, workUnits: Number.POSITIVE_INFINITY };

for (const backend of ['js', 'native'] as BackendName[]) {
  t.test(backend, async (t) => {
    const given = (more: Partial<TrainOptions>) => options({ backend, stop: endless, ...more });

    t.test('aborted before the start: rejects with the reason', async (t) => {
      const reason = { why: 'test' };
      const signal = AbortSignal.abort(reason);
      const error = await train(given({ signal })).catch((error: unknown) => error);
      t.equal(error, reason, 'the very object');
      t.throws(() => trainSync(given({ signal: AbortSignal.abort() })), { name: 'AbortError' });
    });

    t.test('aborted on the way: resolves with the best model so far', async (t) => {
      const controller = new AbortController();
      const onIteration = ({ iteration }: IterationRecord) => void (iteration === 3 && controller.abort());
      const { model, report } = await train(given({ signal: controller.signal, onIteration }));
      t.equal(report.stop.status, 'aborted');
      t.match(report.stop.message, /signal was aborted; the model is the best point until then/);
      t.equal(report.iterations.length, 4, 'no iteration after it');
      t.equal(report.best.objective, Math.min(...report.iterations.map(({ objective }) => objective)));
      t.equal(model.predictSync([[0, 0, 0]]).data.length, 2, 'the model works');
    });

    t.test('aborted at the start: its point is the model', async (t) => {
      const controller = new AbortController();
      const { report } = await train(given({ signal: controller.signal, onIteration: () => controller.abort() }));
      t.equal(report.stop.status, 'aborted');
      t.equal(report.best.iteration, 0);
    });

    t.test('aborted by another turn of the event loop', async (t) => {
      const controller = new AbortController();
      let iterations = 0;
      const onIteration = () => {
        if (++iterations === 2) setImmediate(() => controller.abort());
      };
      const { report } = await train(given({ signal: controller.signal, onIteration }));
      t.equal(report.stop.status, 'aborted');
    });

    t.test('aborted during the first evaluation: rejects with the reason', async (t) => {
      const controller = new AbortController();
      const pending = train(given({ signal: controller.signal }));
      controller.abort(new Error('changed my mind'));
      const outcome = await pending.then(
        ({ report }) => report.stop.status,
        (error: Error) => error.message,
      );
      t.match(outcome, /changed my mind|aborted/);
    });

    t.test('trainSync hears a signal that its callback aborts', async (t) => {
      const controller = new AbortController();
      const onIteration = ({ iteration }: IterationRecord) => void (iteration === 2 && controller.abort());
      const { report } = trainSync(given({ signal: controller.signal, onIteration }));
      t.equal(report.stop.status, 'aborted');
      t.equal(report.iterations.length, 3);
    });

    t.test('the callback returns false', async (t) => {
      const { report } = await train(given({ levels: 3, onIteration: ({ iteration }) => iteration < 2 }));
      t.strictSame(report.stop, { status: 'aborted', message: 'onIteration returned false.' });
      t.equal(report.iterations.length, 3);
      t.equal(report.levels.length, 1, 'no further level');
    });

    t.test('other values of the callback go on', async (t) => {
      const values = [undefined, null, 0, '', Promise.resolve(false)];
      const { report } = await train(
        given({ stop: { iterations: 4 }, onIteration: ({ iteration }) => values[iteration] }),
      );
      t.equal(report.iterations.length, 5);
    });

    t.test('the callback throws: rejects with it, and nothing goes on', async (t) => {
      const error = new Error('from the callback');
      for (const at of [0, 2]) {
        const onIteration = ({ iteration }: IterationRecord) => {
          if (iteration === at) throw error;
        };
        const watch = await watching(selectBackend(backend), async () => {
          t.equal(await train(given({ onIteration })).catch((error: unknown) => error), error);
        });
        t.strictSame(watch, { objectives: 1, running: 0, undisposed: 0 });
        t.throws(() => trainSync(given({ onIteration })), error);
      }
    });

    t.test('objectives of all levels are disposed of, also after an abort', async (t) => {
      const controller = new AbortController();
      const onIteration = ({ level }: IterationRecord) => void (level === 3 && controller.abort());
      const watch = await watching(selectBackend(backend), async () => {
        await train(given({ levels: 4, stop: { iterations: 2 }, signal: controller.signal, onIteration }));
      });
      t.strictSame(watch, { objectives: 3, running: 0, undisposed: 0 });
    });

    t.test('the signal is left alone afterwards', async (t) => {
      const controller = new AbortController();
      await train(given({ signal: controller.signal, stop: { iterations: 1 } }));
      t.equal(getEventListeners(controller.signal, 'abort').length, 0);
    });
  });
}

const [d, targetColumns] = [20, 3];
const description = sequential([dense(24), tanh(), dense(24), tanh()]);
const theta = new Network(description, d).initialWeights(1);

function open(samples: number, cancelFlag: Int32Array): Walk {
  const random = new Random(2);
  return openWalk(selectBackend('native'), description, {
    inputs: normals(random, samples * d),
    targets: normals(random, samples * targetColumns),
    samples,
    alphaW: 1e-3,
    regularizer: tikhonov(theta.length, 1e-3),
    cancelFlag,
  });
}

/**
 * Cancels the job ever later after its start, until it has worked for a while before it noticed. Delays grow by a share,
 * so that one falls into the job however fast the machine is; they begin again, because a first evaluation makes the
 * session, and those after it are shorter.
 */
async function isNoticedWithin(walk: Walk, flag: Int32Array, start: () => Job<unknown>): Promise<boolean> {
  const worked = () => Object.values(walk.objective.timings()).reduce((sum, seconds) => sum + seconds);
  for (let attempt = 0; attempt < 80; attempt++) {
    const before = worked();
    const outcome = start()
      .async()
      .then(
        () => null,
        (error: GnvproError) => error.code,
      );
    await setTimeout(1.15 ** (attempt % 40));
    Atomics.store(flag, 0, 1);
    const code = await outcome;
    Atomics.store(flag, 0, 0);
    if (code === 'ERR_ABORTED' && worked() > before) return true;
  }
  return false;
}

const steps: StepOptions = {
  solver: 'dense',
  maxVectors: 100,
  tolerance: 0,
  radius: 1e-3,
  multiplier: 0,
  rankTolerance: 0,
};

t.test('native jobs notice a cancellation within their parts, and leave the objective as it was', async (t) => {
  interface Part {
    readonly samples: number;
    prepare(walk: Walk): unknown;
    start(walk: Walk): Job<unknown>;
  }
  const parts: Record<string, Part> = {
    'evaluation, with the memory that it takes': {
      samples: 4000, // some milliseconds, as timers have no finer grain than one
      prepare: () => {},
      start: (walk) => walk.at(theta),
    },
    'Krylov space': {
      samples: 300,
      prepare: (walk) => walk.moveTo(theta),
      start: (walk) => walk.point.step({ ...steps, solver: 'krylov' }, null),
    },
    'dense assembly': {
      samples: 300,
      prepare: (walk) => walk.moveTo(theta),
      start: (walk) => walk.point.step(steps, null),
    },
    'dense factorisations': {
      samples: 300,
      prepare: (walk) => {
        walk.moveTo(theta);
        walk.step({ ...steps, radius: null });
      },
      start: (walk) => walk.point.step(steps, null),
    },
  };
  for (const [name, { samples, prepare, start }] of Object.entries(parts)) {
    const undisturbed = open(samples, noCancel());
    undisturbed.moveTo(theta);
    const flag = noCancel();
    const walk = open(samples, flag);
    prepare(walk);
    t.ok(await isNoticedWithin(walk, flag, () => start(walk)), name);
    walk.moveTo(theta);
    for (const solver of ['dense', 'krylov'] as const) {
      const [after, expected] = [walk, undisturbed].map((at) => at.step({ ...steps, solver }).step);
      t.strictSame(after, expected, `${name}: the same ${solver} step afterwards`);
    }
  }
});
