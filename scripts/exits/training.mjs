/** Trainings that run until something ends them, and a call at a chosen moment of them. */
import { nativeBackend } from '../../dist/backend/native.js';
import { defineLayer, dense, gnvpro, lbfgs, Random, sequential, tanh, train } from '../../dist/index.js';

/** Milliseconds within which the phase `timer` comes. */
const timer = 300;

/** Passes its features on, and tells when it is traced. */
const observed = defineLayer({
  name: 'observed',
  apply: (_, x) => {
    reach('trace');
    return x;
  },
});

let reach = () => {};

/** Starts what the case says; `act` is called once, at its moment. */
export function start(one, act) {
  reach = momentOf(one, act);
  observe();
  if (one.phase === 'timer') setTimeout(() => reach('timer'), one.share * timer);
  return Promise.all(Array.from({ length: one.parallel }, () => training(one)));
}

/** The phases that come several times in a training: an objective, for one, before and after it is made. */
const repeated = { objective: 2, at: 3, gradient: 3, step: 3, iteration: 3 };

/** Counts how often phases are reached; in a job, `act` waits for its share of the job before. */
function momentOf({ phase, occurrence, share, long }, act) {
  const wanted = long ? 1 : Math.min(occurrence, repeated[phase] ?? 1);
  let count = 0;
  return (reached, milliseconds = null) => {
    if (reached !== phase || ++count !== wanted) return;
    if (milliseconds === null) act();
    else setTimeout(act, share * (long ? timer : milliseconds));
  };
}

/** Few different numbers: processes that are about to end should start fast. */
const random = new Random(1);
const numbers = Float64Array.from({ length: 997 }, () => random.normal());

function draw(rows, cols) {
  const data = new Float64Array(rows * cols);
  for (let i = 0; i < data.length; i++) data[i] = numbers[i % numbers.length];
  return { data, shape: [rows, cols] };
}

async function training(one) {
  const { method, jacobian, threads, phase, long } = one;
  const [rows, cols, units] = long ? [10_000, 200, 100] : [4000, 10, 30];
  const solver = { jacobian, linearSolver: method, krylov: { maxVectors: long ? 1000 : 100, tolerance: 0 } };
  const ends = ['model', 'predict', 'jacobian'].includes(phase);
  const { model } = await train({
    network: sequential([dense(units), tanh(), observed()]),
    inputs: draw(rows, cols),
    targets: draw(rows, 4),
    optimizer: method === 'lbfgs' ? lbfgs() : gnvpro(solver),
    stop: ends ? { iterations: 1 } : { gradient: 0, objective: 0, step: 0, workUnits: Infinity, seconds: 60 },
    threads,
    get seed() {
      reach('options');
      return 1;
    },
    onIteration: () => void reach('iteration'),
  });
  const many = draw(200_000, 10);
  reach('predict', 30);
  await model.predict(many, { threads });
  reach('jacobian', 60);
  await model.jacobian(many, { threads });
  throw new Error(`The moment in phase ${phase} did not come.`);
}

/** Wraps the native backend: objectives, their jobs, and the program that a model loads once the objectives are gone. */
function observe() {
  const { createObjective, prepare } = nativeBackend;
  let released = false;
  nativeBackend.createObjective = (problem) => {
    reach('objective');
    const objective = createObjective(problem);
    reach('objective');
    observeJobs(objective, ['at'], (point) => observeJobs(point, ['gradient', 'step']));
    for (const name of ['dispose', 'release']) {
      const end = objective[name];
      const value = () => {
        released = true;
        return end.call(objective);
      };
      Object.defineProperty(objective, name, { value });
    }
    return objective;
  };
  nativeBackend.prepare = (program) => {
    if (released) reach('model');
    return prepare(program);
  };
}

function observeJobs(owner, names, arrived = () => {}) {
  for (const name of names) {
    const start = owner[name];
    Object.defineProperty(owner, name, {
      value: (...given) => observedJob(name, start.apply(owner, given), arrived),
    });
  }
}

/** The last duration of a job tells when its next one is half done. */
const durations = {};

function observedJob(key, job, arrived) {
  return {
    async: async () => {
      const begin = performance.now();
      const running = job.async();
      reach(key, durations[key] ?? 5);
      const value = await running;
      durations[key] = performance.now() - begin;
      arrived(value);
      return value;
    },
  };
}
