/** @file What any network has to beat: a constant, and a linear model, fitted to the same samples. */

import { isClosed } from '../backend/loss.js';
import { selectBackend } from '../backend/select.js';
import { fitScaling } from '../data/scaling.js';
import { numbersOf } from '../data/stored.js';
import { sumOfWeights } from '../data/weights.js';
import type { GnvproError } from '../errors.js';
import type { Steps } from '../job/job.js';
import type { ConstantBaseline } from '../loss/loss.js';
import type { ModelParts } from '../model/parts.js';
import { identity } from '../network/activation.js';
import { Network } from '../network/network.js';
import { lbfgs } from '../optimizers/lbfgs.js';
import type { Task } from '../options/options.js';
import { stopRules } from '../options/stop.js';
import type { BaselineName } from '../report/report.js';
import { Journal } from './phase/journal.js';
import { makeProblem, withOwnData } from './problem/problem.js';
import { partsOf, type Run, runOnce } from './schedule/run.js';
import { follow } from './schedule/schedule.js';
import { leastSquaresMap } from './start/leastSquares.js';

export interface Baseline {
  readonly name: BaselineName;
  readonly parts: ModelParts;
}

/** The operations of a fit, some seconds of one core; what needs more is fitted by steps that are counted. */
const mostOperations = 2e10;
const iterations = { least: 10, most: 200 };
/** α_W of the descent: the inputs are standardised. */
const linearAlpha = 1e-4;

/** A baseline that cannot be computed is left out. The data of the task stay as they are. */
export function* fitBaselines(task: Task, cancelFlag: Int32Array): Steps<Baseline[]> {
  const { constant, linear } = task.loss.baselines;
  const fits = [
    ...(constant === null ? [] : [{ name: constant.name, fit: () => constantModel(task, constant, cancelFlag) }]),
    { name: linear, fit: () => linearModel(task, cancelFlag) },
  ];
  const baselines: Baseline[] = [];
  for (const { name, fit } of fits) {
    const parts = yield* unlessImpossible(fit);
    if (parts !== null) baselines.push({ name, parts });
  }
  return baselines;
}

function* unlessImpossible(fit: () => Steps<ModelParts>): Steps<ModelParts | null> {
  try {
    return yield* fit();
  } catch (error) {
    if (['ERR_NONFINITE', 'ERR_LAPACK', 'ERR_MEMORY'].includes((error as GnvproError).code)) return null;
    throw error;
  }
}

function* constantModel(task: Task, { outputs }: ConstantBaseline, cancelFlag: Int32Array): Steps<ModelParts> {
  const { training, sampleWeights } = task;
  const { targets } = training;
  const { shift: means } = yield* fitScaling('standardize', targets, sampleWeights, cancelFlag);
  return affine(task, null, outputs(Float64Array.from(means), sumOfWeights(sampleWeights, targets.shape[0])));
}

/** A closed formula at once; what takes more, or has none, by L-BFGS, the best iterate by validation. */
function* linearModel(task: Task, cancelFlag: Int32Array): Steps<ModelParts> {
  const { inputs, targets } = task.training;
  const [samples, d] = inputs.shape;
  const columns = d + targets.shape[1];
  const ofFit = 2 * samples * columns ** 2 + 20 * d ** 3;
  if (!isClosed(task.loss) || ofFit > mostOperations) return yield* linearByDescent(task, cancelFlag);
  const backend = selectBackend(task.backend);
  const fit = yield* leastSquaresMap(
    backend,
    numbersOf(inputs),
    numbersOf(targets),
    samples,
    task.sampleWeights,
    cancelFlag,
  );
  return affine(task, fit.map, fit.targetMean, fit.inputMean);
}

function* linearByDescent(task: Task, cancelFlag: Int32Array): Steps<ModelParts> {
  const { inputs, targets } = task.training;
  const unknowns = (inputs.shape[1] + 1) * targets.shape[1];
  const ofStep = 4 * inputs.shape[0] * unknowns;
  const affordable = Math.floor(mostOperations / ofStep);
  const linear: Task & Run = {
    ...withOwnData(task),
    network: new Network(identity(), inputs.shape[1]),
    optimizer: lbfgs({ objective: 'joint' }),
    bias: true,
    initialize: 'random',
    initialW: new Float64Array(unknowns),
    levels: 1,
    nested: [],
    alphaTheta: 0,
    alphaW: linearAlpha,
    labelSmoothing: 0,
    fitsTemperature: false,
    scaling: { ...task.scaling, inputs: 'standardize' },
    rules: stopRules({
      iterations: Math.max(iterations.least, Math.min(iterations.most, affordable)),
      seconds: task.rules.seconds,
    }),
  };
  const problem = yield* makeProblem(linear, cancelFlag);
  const journal = new Journal(null, cancelFlag);
  return partsOf(linear, yield* follow(runOnce(problem, linear, 'training', journal), journal));
}

/** outputs + (x − inputMean) · map; without a map a constant. */
function affine(task: Task, map: Float64Array | null, outputs: Float64Array, inputMean?: Float64Array): ModelParts {
  const [d, t] = [task.training.inputs.shape[1], outputs.length];
  const network = new Network(identity(), d);
  const W = new Float64Array(t * (d + 1));
  for (let j = 0; j < t; j++) {
    if (map !== null) for (let i = 0; i < d; i++) W[j * (d + 1) + i] = map[i * t + j];
    W[j * (d + 1) + d] = outputs[j];
  }
  const shifted = (shift: Float64Array) => ({ shift, scale: new Float64Array(shift.length).fill(1) });
  return {
    network: network.description,
    forward: network.programs.forward,
    inputs: d,
    outputs: t,
    bias: true,
    theta: new Float64Array(0),
    W,
    loss: task.loss.name,
    classes: task.classes,
    names: task.names,
    training: null,
    scaling: { inputs: shifted(inputMean ?? new Float64Array(d)), targets: shifted(new Float64Array(t)) },
  };
}
