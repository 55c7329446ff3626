/** Which processes are started, what they do, and how each has to end. A seed gives the same plan everywhere. */
import { Random } from '../../dist/random.js';

/** Jobs and, between them, the parts of a training that run on the JavaScript thread. */
const phases = ['options', 'trace', 'objective', 'at', 'gradient', 'step', 'model', 'predict', 'jacobian', 'timer'];

/** How processes end. */
const endings = ['exit', 'exitInIteration', 'throw', 'sigterm'];
/** How worker threads end; the process goes on. */
const workerEndings = ['workerExit', 'terminate'];

/** A list of processes; `cases` is the number of ends in all of them. */
export function plan(cases, seed) {
  const random = new Random(seed);
  const processes = [];
  let workers = [];
  for (let index = 0; index < cases; index++) {
    const one = draw(random, index);
    if (workerEndings.includes(one.ending)) workers.push(one);
    const last = index === cases - 1;
    if (!workerEndings.includes(one.ending) || workers.length === 3 || last) {
      processes.push(processOf(random, workers, endings.includes(one.ending) ? one : null));
      workers = [];
    }
  }
  return processes;
}

function draw(random, index) {
  const kinds = [...endings, ...workerEndings];
  const round = Math.floor(index / kinds.length);
  const ending = kinds[index % kinds.length]; // each as often as the others, also in short plans
  const long = ['exit', 'throw'].includes(ending) && round % 4 === 0;
  const method = long ? 'krylov' : pick(random, ['dense', 'krylov', 'lbfgs']);
  const possible = phases.filter((phase) => phase !== 'step' || method !== 'lbfgs');
  return {
    index,
    ending,
    method,
    phase: long ? 'step' : ending === 'exitInIteration' ? 'iteration' : pick(random, possible),
    /** A step of a minute: the process only ends in time if the job is told to stop. */
    long,
    jacobian: pick(random, ['golub-pereyra', 'kaufman']),
    threads: long ? 1 : pick(random, [1, 2]),
    parallel: long ? 1 : pick(random, [1, 1, 2, 3]),
    /** Which of the moments of that kind. */
    occurrence: 1 + below(random, 3),
    /** Share of the duration of the job, or of `timer`, that passes before the end. */
    share: random.uniform(0, 1),
    code: 3 + below(random, 100),
  };
}

/** What the process is told, and what its parent expects of it. */
function processOf(random, workers, ending) {
  const expected = { status: 0, signal: null };
  if (ending?.ending === 'throw') expected.status = 1;
  else if (ending?.ending === 'sigterm') Object.assign(expected, { status: null, signal: 'SIGTERM' });
  else if (ending !== null) expected.status = ending.code;
  return { workers, ending, blasThreads: pick(random, [null, 2]), expected };
}

const below = (random, n) => Math.floor(random.uniform(0, n));
const pick = (random, list) => list[below(random, list.length)];
