/**
 * @file slimTrain against Meganet.m: single updates of W, and the first steps of a run. In the run its ADAM corrects the
 * moments by the number of the epoch and adds ε inside the root; a rule of the test does the same.
 */
import t from 'tap';
import type { Svd } from '../../lib/backend/backend.js';
import { jsBackend } from '../../lib/backend/js/backend.js';
import { nativeBackend } from '../../lib/backend/native.js';
import { driveSync, type Steps } from '../../lib/job/job.js';
import { matrix } from '../../lib/linalg/matrix.js';
import { join } from '../../lib/linalg/vector.js';
import { tanh } from '../../lib/network/activation.js';
import { antisymmetricDense } from '../../lib/network/antisymmetricDense.js';
import { dense } from '../../lib/network/dense.js';
import { residual } from '../../lib/network/residual.js';
import { sequential } from '../../lib/network/sequential.js';
import { Batches, type LoadedData } from '../../lib/optimizers/batches.js';
import type { UpdateRule } from '../../lib/optimizers/miniBatch.js';
import { chooseLambda, SampledTikhonov } from '../../lib/optimizers/sampledTikhonov.js';
import { SlimTrain, slimTrain } from '../../lib/optimizers/slimTrain.js';
import type { Random } from '../../lib/random.js';
import { tikhonov } from '../../lib/regularizer/tikhonov.js';
import { arrayOf, fixture, oracle, type Reference } from '../support/fixtures.js';
import { close, openWalk, transposed } from '../support/reference.js';

t.test('single updates', async (t) => {
  const reference = fixture('slimTik');
  const array = (name: string) => arrayOf(reference, name);
  const read = (name: string) => matrix(reference.arrays[name].shape[0], reference.arrays[name].shape[1], array(name));
  const M = read('M');
  const svd: Svd = nativeBackend.svd(M.rows, M.cols, M.data).sync();
  const W = matrix(3, 6, transposed(array('W'), 6));
  const update = new SampledTikhonov({ Zt: read('Z'), C: read('C'), W, svd, sum: 0.02 });
  for (const choice of ['constant_neg0', 'trialPoints_neg0', 'trialPoints_neg1', 'fminbnd_neg0']) {
    const [Lambda] = array(`Lambda_${choice}`);
    close(t, transposed(update.updated(Lambda).data, 3), array(`Wnew_${choice}`), `W after ${choice}`);
  }
  const table = array('lambda_fGCV_fDP_fUPRE_resnorm_trace');
  for (let k = 0; k < 7; k++)
    close(t, [update.crossValidation(table[k])], [table[7 + k]], `sampled GCV at ${table[k]}`);
  close(t, [chooseLambda(update, [1e-7, 1e3])], array('Lambda_trialPoints_neg1'), 'the choice among trial points');
});

/** ADAM with the quirks of the reference. */
class QuirkyAdam implements UpdateRule {
  memory = {};
  readonly #first: Float64Array;
  readonly #second: Float64Array;

  constructor(length: number) {
    this.#first = new Float64Array(length);
    this.#second = new Float64Array(length);
  }

  lookAhead(x: Float64Array): Float64Array {
    return x;
  }

  /** In the first epoch. */
  update(x: Float64Array, gradient: Float64Array, learningRate: number): void {
    for (let i = 0; i < x.length; i++) {
      this.#first[i] = 0.9 * this.#first[i] + 0.1 * gradient[i];
      this.#second[i] = 0.999 * this.#second[i] + 0.001 * gradient[i] ** 2;
      x[i] -= (learningRate * (this.#first[i] / 0.1)) / Math.sqrt(this.#second[i] / 0.001 + 1e-8);
    }
  }
}

class Recorded extends SlimTrain {
  readonly points: Float64Array[] = [];

  protected override *batchStep(x: Float64Array, rate: number, batch: LoadedData): Steps<Float64Array | null> {
    const gradient = yield* super.batchStep(x, rate, batch);
    this.points.push(x.slice());
    return gradient;
  }
}

const run = oracle('run_slim_cdr_const');
t.test('the first steps of a run', { skip: run === undefined && 'GNVPRO_ORACLE_DIR is not set' }, async (t) => {
  if (run === undefined) return;
  for (const backend of [nativeBackend, jsBackend]) {
    const { points } = epoch(run, backend);
    t.equal(points.length, 40);
    for (let k = 0; k < 20; k++) {
      const row = (name: string, at: number, cols: number) => arrayOf(run, name).subarray(at * cols, (at + 1) * cols);
      const x = points[k];
      close(t, x.subarray(0, 2928), row('iterates_first20steps', k, 2928), `θ after step ${k + 1}`, 1e-4);
      const W = transposed(row('WHist_first21', k + 1, 1224), 17);
      close(t, x.subarray(2928), W, `W after step ${k + 1}`, 1e-3);
    }
  }
});

function epoch(run: Reference, backend: typeof nativeBackend): Recorded {
  const network = sequential([
    dense(16, { bias: false }),
    tanh(),
    residual(antisymmetricDense({ gamma: 1e-4 }), { integrator: 'rk4', time: 5, steps: 7, nodes: 8 }),
  ]);
  const weights = 2928;
  const data: LoadedData = {
    inputs: arrayOf(run, 'Yt'),
    targets: arrayOf(run, 'Ct'),
    samples: 400,
    sampleWeights: null,
  };
  const open = (part: LoadedData) =>
    openWalk(backend, network, { ...part, alphaW: 0, regularizer: tikhonov(weights, 5e-6), objective: 'joint' })
      .objective;
  // The order of epoch e is column e.
  const order = Int32Array.from({ length: 400 }, (_, k) => arrayOf(run, 'batch_ids')[10 * k] - 1);
  const random = { permutation: () => order } as unknown as Random;
  const method = new Recorded(slimTrain({ regularization: 'constant', batchSize: 10, memoryDepth: 5 }), {
    ...{ objective: open(data), batches: new Batches(data, 10, open), rule: new QuirkyAdam(weights), random, backend },
    ...{ weights, alphaW: 1e-8 },
  });
  driveSync(method.start(join(arrayOf(run, 'th0'), transposed(arrayOf(run, 'W0'), 17))));
  driveSync(method.step());
  return method;
}
