/** @file One run: from a start through its levels, each of twice the depth of the one before and half its α_θ. */
import type { Runner } from '../../backend/backend.js';
import { isStored, loadedNumbers, type Numbers, numbersOf } from '../../data/stored.js';
import { GnvproError } from '../../errors.js';
import { perform, type Steps } from '../../job/job.js';
import { pieces } from '../../job/rows.js';
import { matrix, withOnes } from '../../linalg/matrix.js';
import { join } from '../../linalg/vector.js';
import type { ModelParts } from '../../model/parts.js';
import { withoutFilters } from '../../network/front.js';
import type { Network } from '../../network/network.js';
import type { Taken } from '../../options/option.js';
import type { Task } from '../../options/options.js';
import type { QuadraticRegularizer } from '../../regularizer/quadratic.js';
import { tikhonov } from '../../regularizer/tikhonov.js';
import { type LevelReport, type RunSummary, type Stop, stopStatuses } from '../../report/report.js';
import type { Best, Journal, Weights } from '../phase/journal.js';
import type { Problem } from '../problem/problem.js';
import { alphaByCrossValidation } from '../start/gcv.js';
import { initialTheta } from '../start/initialize.js';
import { runLevel } from './level.js';
import type { Schedule } from './schedule.js';

/** What a run is to do: a task in which nothing is left open but what its first features decide. */
export interface Run
  extends Pick<
    Task,
    'network' | 'optimizer' | 'initialize' | 'initialW' | 'isAlphaRelative' | 'nested' | 'levels' | 'rules' | 'seed'
  > {
  readonly alphaTheta: number | QuadraticRegularizer;
  /** `gcv`: by generalised cross validation with the features at the start of each level. */
  readonly alphaW: number | 'gcv';
  /** Of the first prior where α is to be found by evidence, relative to the curvature of the data. */
  readonly strength?: number;
}

/** Whether nothing has to be searched for. */
export function isGiven<T extends Pick<Task, 'alphaTheta' | 'alphaW'>>(
  task: T,
): task is T & Pick<Run, 'alphaTheta' | 'alphaW'> {
  return task.alphaTheta !== 'auto' && task.alphaW !== 'auto';
}

/** Part of the way to a point: so many iterations with these numbers. */
export interface Leg extends Pick<Run, 'alphaTheta' | 'alphaW'> {
  readonly iterations: number;
}

/** What a run has found, and how. */
export interface Found {
  readonly problem: Problem;
  readonly run: Run;
  readonly best: Best;
  /** The network of the best point. */
  readonly network: Network;
  /** α_θ in the units of the caller, and α_W. */
  readonly regularization: Taken['regularization'];
  readonly stop: Stop;
  readonly levels: readonly LevelReport[];
  /** The way to the best point, from a start that no run has found. */
  readonly legs: readonly Leg[];
}

/** What a run has found, as the parts of a model. */
export function partsOf(task: Task, { problem, best, network }: Found): ModelParts {
  const { description, forward } = problem.front.whole(network);
  return {
    network: description,
    forward,
    inputs: task.training.inputs.shape[1],
    outputs: task.training.targets.shape[1],
    bias: task.bias,
    theta: best.theta,
    W: best.W.map((w) => best.temperature * w),
    loss: task.loss.name,
    classes: task.classes,
    names: task.names,
    scaling: problem.scaling,
    training: null,
  };
}

/** The run that goes on from the best point of another. */
export function continued(run: Run, { best: { theta, W } }: Found): Run {
  return { ...run, initialize: theta, initialW: W, nested: [] };
}

/** `before`: the legs behind the start. Throws ERR_NONFINITE where no point is finite, and what the start throws. */
export function* runOnce(
  problem: Problem,
  run: Run,
  purpose: RunSummary['purpose'],
  journal: Journal,
  before: readonly Leg[] = [],
): Schedule<Found> {
  const mark = journal.mark();
  journal.best = null;
  const { reports: levels, networks, alphaW } = yield* runLevels(problem, run, journal);
  const { best } = journal as { best: Best | null };
  if (best === null) {
    throw new GnvproError(
      'ERR_NONFINITE',
      `The training could not start. ${levels[0].stop.message} Try smaller initial weights or scaled data.`,
    );
  }
  const { stop } = levels[levels.length - 1];
  const regularization = regularizationOf(run, levels, alphaW, best);
  journal.runs.push({
    purpose,
    seed: run.seed,
    regularization: run.strength === undefined ? { ...regularization, W: run.alphaW } : regularization,
    stop,
    best: best.record,
    workUnits: journal.workUnits - mark.workUnits,
    seconds: journal.seconds() - mark.seconds,
  });
  if (stopStatuses[stop.status].endsTraining) journal.stop = stop;
  const leg = { alphaTheta: run.alphaTheta, alphaW: run.alphaW, iterations: best.record.iteration - mark.records };
  const network = networks[best.record.level - 1];
  return { problem, run, best, network, regularization, stop, levels, legs: [...before, leg] };
}

function regularizationOf(
  { strength }: Run,
  [{ alphaTheta }]: readonly LevelReport[],
  alphaW: number,
  { record: { evidence } }: Best,
): Taken['regularization'] {
  if (strength !== undefined && evidence !== null) return { theta: evidence.alphaTheta, W: evidence.alphaW };
  return { theta: alphaTheta ?? 'operator', W: alphaW };
}

interface Levels {
  readonly reports: LevelReport[];
  readonly networks: Network[];
  /** α_W of the last. */
  readonly alphaW: number;
}

function* runLevels(problem: Problem, run: Run, journal: Journal): Schedule<Levels> {
  const { data, training, cancelFlag, backend } = problem;
  const found = { ...data, inputs: numbersOf(training.inputs), cancelFlag };
  let { network } = run;
  let theta = yield* initialTheta(network, run.initialize, run.seed, found, backend);
  let W = run.initialW;
  const [reports, networks]: [LevelReport[], Network[]] = [[], []];
  for (let level = 1; ; level++) {
    const alphaW = run.alphaW === 'gcv' ? yield* crossValidate(problem, network, theta) : run.alphaW;
    const alphaTheta = typeof run.alphaTheta === 'number' ? run.alphaTheta / 2 ** (level - 1) : run.alphaTheta;
    const [workUnits, seconds] = [journal.workUnits, journal.seconds()];
    const regularization = { theta: regularizerOf(problem, run, network, alphaTheta), W: alphaW };
    const { seed, strength } = run;
    const setting = { problem, seed, level, network, regularization, strength };
    const { stop, end, solver, memory } = yield* runLevel(setting, run, { theta, W, memory: null }, journal);
    networks.push(network);
    reports.push({
      network: withoutFilters(problem.front.whole(network).description),
      weights: network.weights,
      alphaTheta: typeof alphaTheta === 'number' && strength === undefined ? toldAlpha(problem, run, alphaTheta) : null,
      linearSolver: solver,
      estimatedBytes: memory.bytes,
      derivatives: memory.derivatives,
      costOfProducts: memory.costOfProducts,
      stop,
      workUnits: journal.workUnits - workUnits,
      seconds: journal.seconds() - seconds,
    });
    if (level === run.levels || stopStatuses[stop.status].endsRun) return { reports, networks, alphaW };
    ({ W } = end as Weights);
    ({ network, weights: theta } = network.prolongate((end as Weights).theta));
  }
}

/** In units of the targets, as the objectives have them. */
function regularizerOf(
  { unit }: Problem,
  { isAlphaRelative }: Run,
  { weights }: Network,
  alpha: Run['alphaTheta'],
): QuadraticRegularizer {
  const inUnits = (value: number) => value / unit / unit;
  if (typeof alpha === 'object') return { ...alpha, values: alpha.values.map(inUnits) };
  return tikhonov(weights, isAlphaRelative ? alpha : inUnits(alpha));
}

/** In the units of the caller. */
function toldAlpha({ unit }: Problem, { isAlphaRelative }: Run, alpha: number): number {
  return isAlphaRelative ? alpha * unit * unit : alpha;
}

/** Z, N × w, in memory. */
function* featuresOf(
  forward: Runner,
  inputs: Numbers,
  samples: number,
  theta: Float64Array,
  threads: number,
): Steps<Float64Array> {
  const run = function* (rows: number, some: Float64Array): Steps<Float64Array> {
    return (yield* perform(forward.run(rows, { samples: [some], vectors: [theta] }, threads))).samples[0];
  };
  if (!isStored(inputs)) return yield* run(samples, inputs);
  const parts: Float64Array[] = [];
  for (const [begin, end] of pieces(samples, inputs.shape[1])) {
    parts.push(yield* run(end - begin, inputs.read(begin, end)));
  }
  return join(...parts);
}

/** α_W for the features at θ. */
function* crossValidate(problem: Problem, network: Network, theta: Float64Array): Steps<number> {
  const { bias, data, training, sampleWeights, backend, threads } = problem;
  const { samples, targets } = data;
  const forward = backend.prepare(network.programs.forward);
  const Z = yield* featuresOf(forward, numbersOf(training.inputs), samples, theta, threads);
  const Zt = bias ? withOnes(matrix(samples, Z.length / samples, Z)).data : Z;
  return yield* alphaByCrossValidation(backend, { Zt, samples, targets: loadedNumbers(targets), sampleWeights });
}
