/**
 * Does the event loop stay free while a large job trains, and how soon does an abort end it? Arguments: problem,
 * threads, aborts for each phase. Prints one JSON line; all times are in milliseconds.
 */
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import { selectBackend } from '../../dist/backend/select.js';
import { dense, gnvpro, Random, sequential, tanh, train } from '../../dist/index.js';

const [name, threads = '1', repetitions = '8'] = process.argv.slice(2);

const krylov = (maxVectors) =>
  gnvpro({
    jacobian: 'golub-pereyra',
    linearSolver: 'krylov',
    preconditioner: 'none',
    krylov: { maxVectors, tolerance: 0 },
  });
const layers = (...units) => sequential(units.flatMap((unit) => [dense(unit), tanh()]));
const problems = {
  samples: { samples: 200_000, d: 50, t: 20, network: layers(64), optimizer: krylov(20), initialize: 'svd' },
  weights: {
    samples: 1000,
    d: 60,
    t: 10,
    network: layers(40, 36),
    optimizer: gnvpro({ linearSolver: 'dense', jacobian: 'kaufman' }),
  },
  vectors: { samples: 3000, d: 30, t: 10, network: layers(256), optimizer: krylov(200) },
};
const { samples, d, t, network, optimizer, initialize = 'random' } = problems[name];
const random = new Random(1);
const data = { inputs: normals(samples, d), targets: normals(samples, t), validation: 0.1 };
const stop = { iterations: 1, gradient: 0, objective: 0 };
const options = { ...data, network, optimizer, initialize, stop, threads: Number(threads) };

/** Told of every job of the backend when it starts and when it has ended. */
const watcher = { started: () => {}, ended: async () => {} };
watch(selectBackend('native'));

const idle = await loopDelay(() => sleep(1000));
const phases = await findPhases();
let weights, call;
const training = await loopDelay(() => {
  const begin = performance.now();
  const promise = train(options);
  call = performance.now() - begin;
  return promise.then(({ report }) => {
    weights = report.levels[0].weights;
  });
});
const aborts = [];
for (const [phase, { job, from, to }] of phases) {
  const times = [];
  for (let i = 0; i < Number(repetitions); i++) {
    const time = await abort(job, random.uniform(from, to));
    if (time !== null) times.push(time);
  }
  times.sort((a, b) => a - b);
  aborts.push({ phase, lasts: to - from, median: times[times.length >> 1], max: times.at(-1) });
}
console.log(JSON.stringify({ samples, d, t, weights, call, idle, training, aborts }));

function normals(rows, cols) {
  return { data: Float64Array.from({ length: rows * cols }, () => random.normal()), shape: [rows, cols] };
}

/** Wraps the jobs that a training asks this backend for. */
function watch(backend) {
  const watched =
    (name, owner, method, arrive = (value) => value) =>
    (...args) => {
      const job = method.apply(owner, args);
      return {
        async: async () => {
          watcher.started(name);
          const result = arrive(await job.async());
          await watcher.ended(name, owner, args, result);
          return result;
        },
      };
    };
  const { createObjective, prepare, centredQr } = backend;
  backend.centredQr = watched('svd', backend, centredQr);
  backend.prepare = (program) => {
    const runner = prepare(program);
    return { predict: watched('validation', runner, runner.predict) };
  };
  const watchedPoint = (point) => {
    for (const name of ['gradient', 'step']) {
      Object.defineProperty(point, name, { value: watched(name, point, point[name]) });
    }
    return point;
  };
  backend.createObjective = (problem) => {
    const objective = createObjective(problem);
    return Object.defineProperty(objective, 'at', {
      value: watched('evaluate', objective, objective.at, watchedPoint),
    });
  };
}

/** From when to when the first job of a kind is in which phase: from a training that is not aborted. */
async function findPhases() {
  const found = new Map();
  let begin = 0; // where the first job does not start within the call, there is scaling before it
  watcher.started = () => {
    const now = performance.now();
    if (begin > 0 && found.size === 0) found.set('scaling', { job: 'scaling', from: 0, to: now - begin });
    begin = now;
  };
  watcher.ended = async (job, point, [given], result) => {
    const lasts = performance.now() - begin;
    if (found.has(job) || found.has('assembly')) return;
    if (given?.solver !== 'dense') {
      found.set(job, { job, from: 0, to: lasts });
      return;
    }
    // A second step at the same point with half the radius factorises again but does not assemble.
    const again = performance.now();
    await Object.getPrototypeOf(point)
      .step.call(point, { ...given, radius: result.radius / 2 }, null)
      .async();
    const factorizations = performance.now() - again;
    found.set('assembly', { job, from: 0, to: lasts - factorizations });
    found.set('factorizations', { job, from: lasts - factorizations, to: lasts });
  };
  const promise = train(options);
  begin ||= performance.now();
  await promise;
  watcher.started = () => {};
  watcher.ended = async () => {};
  return found;
}

/**
 * Aborts so long after the start of the first job of a kind, or (scaling) after the call; milliseconds until the promise
 * of `train` settles, or null where that came first.
 */
async function abort(kind, after) {
  const controller = new AbortController();
  let aborted = null;
  let timer;
  const schedule = () => {
    watcher.started = () => {};
    timer = setTimeout(() => {
      aborted = performance.now();
      controller.abort();
    }, after);
  };
  watcher.started = (job) => job === kind && schedule();
  const promise = train({ ...options, signal: controller.signal });
  if (kind === 'scaling') schedule();
  await promise.catch(() => {});
  const settled = performance.now();
  clearTimeout(timer);
  return aborted === null ? null : settled - aborted;
}

/**
 * The delay of the event loop from when `work` has returned its promise until it is settled. `p50`, `p99`, `max`:
 * Node's histogram of the time between two ticks of a timer of 1 ms. `gap`: the longest between two ticks of a plain
 * interval of 1 ms; `wait99`: by these gaps, what 99 % of all moments would have to wait at most for the next tick.
 */
async function loopDelay(work) {
  const histogram = monitorEventLoopDelay({ resolution: 1 });
  const gaps = [];
  const promise = work();
  histogram.enable();
  let last = performance.now();
  const timer = setInterval(() => {
    const tick = performance.now();
    gaps.push(tick - last);
    last = tick;
  }, 1);
  await promise;
  await sleep(20);
  histogram.disable();
  clearInterval(timer);
  const [p50, p99, max] = [histogram.percentile(50), histogram.percentile(99), histogram.max].map((ns) => ns / 1e6);
  return { p50, p99, max, gap: Math.max(...gaps), wait99: waitOf99(gaps) };
}

/** The x with Σ max(0, gap − x) = 1 % of Σ gap. */
function waitOf99(gaps) {
  const sum = (pick) => gaps.reduce((total, gap) => total + pick(gap), 0);
  const limit = 0.01 * sum((gap) => gap);
  let [low, high] = [0, Math.max(...gaps)];
  for (let i = 0; i < 40; i++) {
    const x = (low + high) / 2;
    if (sum((gap) => Math.max(0, gap - x)) > limit) low = x;
    else high = x;
  }
  return high;
}
