/** @file Trainings that are left and taken up again; run as a process, it takes those of a file to their ends. */
import { readFileSync, writeFileSync } from 'node:fs';
import {
  adam,
  antisymmetricDense,
  dense,
  gaussNewton,
  gnvpro,
  lbfgs,
  residual,
  sequence,
  sequential,
  sgd,
  slimTrain,
  tanh,
} from '../../lib/index.js';
import { noCancel } from '../../lib/job/cancel.js';
import { driveSync, perform } from '../../lib/job/job.js';
import { readOptions } from '../../lib/options/options.js';
import type { TrainOptions } from '../../lib/options/trainOptions.js';
import type { Checkpoint, Course } from '../../lib/train/schedule/schedule.js';
import { runTraining } from '../../lib/train/training.js';
import { fromText, toText } from '../support/plain.js';
import { options, smooth } from './problem.js';

const deep = sequential([dense(4), tanh(), residual(antisymmetricDense(), { time: 1, nodes: 2 })]);
const rates = { learningRate: 0.01, batchSize: 8 };
const classes = {
  targets: smooth(40).inputs.map(([x, y]) => (x * y > 0 ? 'same' : 'other')),
  loss: 'crossEntropy',
};
/** The least that has two places, after ten iterations each. */
const longer = { stop: { iterations: 22 } };
const batches = { batches: { size: 12, iterations: 2, epochs: 4 } };
const short = { batches: { size: 12, iterations: 1, epochs: 2 } };
const several = sequence([
  { optimizer: adam(rates), stop: { iterations: 4 } },
  { optimizer: gnvpro(), stop: { iterations: 3 } },
  { optimizer: gaussNewton() },
]);

interface Case {
  readonly given: Partial<TrainOptions>;
  /** Numbers of the places, between two iterations or two phases, where the training is left. */
  readonly places: readonly number[];
  /** Whether it is another training, in the last digits, where nobody watches: its objective is opened anew at its places. */
  readonly hasHistory?: boolean;
}

/** By what they show. */
export const trainings: Record<string, Case> = {
  // Places in the first run, and in the second, which knows how far the first had come.
  evidence: { given: { regularization: 'evidence', starts: 2, stop: { iterations: 16 } }, places: [0, 3, 20] },
  'evidence, classes': {
    given: { ...classes, regularization: 'evidence', starts: 1, stop: { iterations: 22 } },
    places: [0, 1],
    hasHistory: true,
  },
  dense: { given: { optimizer: gnvpro({ linearSolver: 'dense' }) }, places: [0, 4] },
  krylov: { given: { optimizer: gnvpro({ linearSolver: 'krylov' }) }, places: [1, 5] },
  'krylov, classes': {
    given: { ...classes, optimizer: gnvpro({ linearSolver: 'krylov' }), ...longer },
    places: [0, 1],
    hasHistory: true,
  },
  'dense, classes': {
    given: { ...classes, optimizer: gnvpro({ linearSolver: 'dense' }), ...longer },
    places: [0],
    hasHistory: true,
  },
  'gaussNewton, classes': { given: { ...classes, optimizer: gaussNewton() }, places: [4] },
  'single precision': { given: { optimizer: gnvpro({ linearSolver: 'krylov' }), precision: 'float32' }, places: [5] },
  gaussNewton: { given: { optimizer: gaussNewton() }, places: [4] },
  lbfgs: { given: { optimizer: lbfgs() }, places: [5] },
  'lbfgs, classes': {
    given: { ...classes, optimizer: lbfgs(), stop: { iterations: 53, gradient: 0, objective: 0 } },
    places: [0],
    hasHistory: true,
  },
  'joint lbfgs, classes': { given: { ...classes, optimizer: lbfgs({ objective: 'joint' }) }, places: [5] },
  'joint lbfgs': { given: { optimizer: lbfgs({ objective: 'joint' }) }, places: [5] },
  // In a batch, between two, and after an epoch.
  'dense, batches': {
    given: { optimizer: gnvpro({ linearSolver: 'dense', ...batches }), validation: 0.25 },
    places: [1, 4],
  },
  'krylov, batches': { given: { optimizer: gnvpro({ linearSolver: 'krylov', ...batches }) }, places: [2, 7] },
  'gaussNewton, batches': { given: { optimizer: gaussNewton(batches) }, places: [3, 6] },
  // An objective that has a history has none beyond its batch: there it is left, at no price.
  'krylov, batches, classes': {
    given: { ...classes, optimizer: gnvpro({ linearSolver: 'krylov', ...batches }), stop: { iterations: 9 } },
    places: [1, 3],
  },
  'levels on batches': {
    given: { network: deep, levels: 2, optimizer: gnvpro(short), stop: {} },
    places: [2, 9],
  },
  sgd: { given: { optimizer: sgd({ learningRate: 0.05, batchSize: 8 }), validation: 0.3 }, places: [3] },
  adam: { given: { optimizer: adam(rates) }, places: [3] },
  slimTrain: { given: { optimizer: slimTrain(rates) }, places: [3] },
  'a sequence with levels': {
    given: { network: deep, levels: 2, optimizer: several, validation: 0.25 },
    places: [2, 9, 15],
  },
  'nested parts': {
    given: {
      nested: [
        { samples: 15, iterations: 2 },
        { samples: 25, iterations: 2 },
      ],
    },
    places: [1, 6],
  },
  'a search, starts and refits': {
    given: { regularization: 'auto', validation: 0.3, starts: 2, refit: true, stop: { iterations: 2 } },
    places: [30, 55],
  },
};

/** A training that was left. */
export interface Left {
  readonly backend: 'js' | 'native';
  readonly name: string;
  readonly from: Checkpoint;
}

/** Everything about the end but the time it took. */
export interface End {
  readonly theta: Float64Array;
  readonly W: Float64Array;
  readonly records: readonly unknown[];
  readonly told: unknown;
}

/** A training that is watched. */
export function watched(see: (checkpoint: () => Checkpoint) => void): Course {
  return {
    *keep(checkpoint) {
      yield* perform({ sync: () => see(checkpoint), async: async () => see(checkpoint) });
    },
  };
}

export function runToEnd(given: Partial<TrainOptions>, course: Course): End {
  const all = options({ ...smooth(40, 1, 0.05), stop: { iterations: 10 }, ...given });
  const { parts, report } = driveSync(runTraining(readOptions(all), noCancel(), course));
  const { theta, W } = parts;
  const { iterations, best, stop, workUnits, runs, levels } = report;
  return {
    theta,
    W,
    records: withoutTime(iterations) as unknown[],
    told: withoutTime({ best, stop, workUnits, runs, levels }),
  };
}

function withoutTime(value: unknown): unknown {
  return JSON.parse(toText(value), (key, part: unknown) => (key === 'seconds' ? undefined : part));
}

const [, , from, to] = process.argv;
if (to !== undefined && import.meta.url.endsWith(process.argv[1].split('/').at(-1) as string)) {
  const left = fromText(readFileSync(from, 'utf8')) as Left[];
  const ends = left.map(({ backend, name, from }) =>
    runToEnd({ ...trainings[name].given, backend }, { from, ...watched(() => undefined) }),
  );
  writeFileSync(to, toText(ends));
}
