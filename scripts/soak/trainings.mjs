/** Short trainings of every kind, one after the other: what a long-lived service does with the package. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { dense, gnvpro, lbfgs, Model, Random, sequential, tanh, train, trainSync } from '../../dist/index.js';

const random = new Random(1);
const draw = (rows, cols) => ({
  data: Float64Array.from({ length: rows * cols }, () => random.normal()),
  shape: [rows, cols],
});
const inputs = draw(60, 3);
const targets = draw(60, 2);
const problem = { network: sequential([dense(5), tanh()]), inputs, targets, stop: { iterations: 3 } };

/** One signal for the whole run, as of a service that is shut down: trainings must not leave listeners on it. */
export const shared = new AbortController();
const folder = mkdtempSync(join(tmpdir(), 'gnvpro-soak-'));
process.on('exit', () => rmSync(folder, { recursive: true, force: true }));

const krylov = gnvpro({ linearSolver: 'krylov' });
const kaufman = gnvpro({ linearSolver: 'dense', jacobian: 'kaufman' });

export const kinds = {
  dense: (seed) => train({ ...problem, seed, signal: shared.signal }),
  denseSync: async (seed) => trainSync({ ...problem, seed, optimizer: kaufman }),
  krylov: (seed) => train({ ...problem, seed, optimizer: krylov, signal: shared.signal }),
  krylovSync: async (seed) => trainSync({ ...problem, seed, optimizer: krylov }),
  lbfgs: (seed) => train({ ...problem, seed, optimizer: lbfgs(), signal: shared.signal }),
  lbfgsSync: async (seed) => trainSync({ ...problem, seed, optimizer: lbfgs() }),
  threads: (seed) => train({ ...problem, seed, threads: 2, initialize: 'svd' }),
  levels: (seed) => train({ ...problem, seed, levels: 2, stop: { iterations: 1 } }),
  validation: (seed) => train({ ...problem, seed, validation: 0.2, signal: shared.signal }),
  rows: (seed) => train({ ...problem, seed, inputs: rowsOf(inputs), validation: { inputs, targets } }),
  usedModel,
  savedModel,
  aborted,
  abortedAtStart,
  thrownByCallback,
  misuse,
  several: (seed) => Promise.all([kinds.dense(seed), kinds.krylov(seed), kinds.savedModel(seed)]),
};

function rowsOf({ data, shape: [rows, cols] }) {
  return Array.from({ length: rows }, (_, i) => Array.from(data.subarray(i * cols, (i + 1) * cols)));
}

/** Left to the garbage collector, as most callers do. */
async function usedModel(seed) {
  const { model } = await train({ ...problem, seed });
  const { signal } = shared;
  await Promise.all([model.predict(inputs, { signal }), model.jacobian(inputs, { signal })]);
  await model.evaluate(inputs, targets, { signal });
  model.jacobianSync(inputs);
  await Model.fromBytes(model.toBytes()).predict(inputs);
}

async function savedModel(seed) {
  const { model } = await train({ ...problem, seed });
  const path = join(folder, 'model.gnvpro');
  await model.save(path);
  model.dispose();
  const loaded = await Model.load(path);
  loaded.predictSync(inputs);
  await train({ inputs, targets, initial: loaded, stop: { iterations: 1 } });
  loaded.dispose();
}

async function aborted(seed) {
  const controller = new AbortController();
  const onIteration = ({ iteration }) => void (iteration === 1 && controller.abort());
  const { report } = await train({ ...problem, seed, signal: controller.signal, onIteration });
  expect(report.stop.status === 'aborted');
}

async function abortedAtStart(seed) {
  const controller = new AbortController();
  const running = train({ ...problem, seed, optimizer: krylov, signal: controller.signal });
  controller.abort();
  await running.catch((error) => expect(error === controller.signal.reason));
}

async function thrownByCallback(seed) {
  const error = new Error('thrown by the callback');
  const onIteration = () => {
    throw error;
  };
  const thrown = await train({ ...problem, seed, onIteration }).catch((thrown) => thrown);
  expect(thrown === error);
}

async function misuse(seed) {
  const faults = [{ inputs: draw(7, 3) }, { threads: 0 }, { network: tanh }, { initialize: Float64Array.of(seed) }];
  for (const fault of faults) {
    const code = await train({ ...problem, ...fault }).catch(({ code }) => code);
    expect(/^ERR_/.test(code));
  }
}

function expect(right) {
  if (!right) throw new Error('A training of the soak ended otherwise than it has to.');
}
