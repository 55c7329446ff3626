/** @file The posterior of the weights that a training has found, where it has found the noise, too. */
import type { Point, PosteriorRoots } from '../backend/backend.js';
import { isClosed } from '../backend/loss.js';
import { layersOf, regularizerOf } from '../evidence/hyperparameters.js';
import { isAssembled } from '../evidence/matrix.js';
import { outputNoise } from '../evidence/outputNoise.js';
import type { EvidenceRecord } from '../evidence/record.js';
import { perform, type Steps } from '../job/job.js';
import { allFinite } from '../linalg/matrix.js';
import { type Posterior, posteriorArrays } from '../model/posterior.js';
import type { Journal } from './phase/journal.js';
import { planMemory, posteriorNumbers, rootNumbers } from './phase/memory.js';
import { onObjectives } from './phase/objectives.js';
import { failureStop } from './phase/stop.js';
import { type Problem, samplesIn, targetColumns } from './problem/problem.js';
import type { Found } from './schedule/run.js';

/**
 * At the best point, with its hyperparameters: of θ and W where the Gauss–Newton matrix is assembled, else of W. Null where
 * they were given, where the training is cancelled, and where memory or numbers do not suffice: a model is not lost for
 * want of it.
 */
export function* posteriorOf(found: Found, journal: Journal): Steps<Posterior | null> {
  const { evidence } = found.best.record;
  if (evidence === null || Atomics.load(journal.cancelFlag, 0) !== 0) return null;
  try {
    const roots = yield* rootsAt(found, evidence, journal);
    const posterior = roots && inScaledUnits(roots, found, evidence);
    return posterior && isUsable(posterior) ? posterior : null;
  } catch (error) {
    if (failureStop(error) === null) throw error;
    return null;
  }
}

/** Numbers at the ends of their range may be lost. */
function isUsable(posterior: Posterior): boolean {
  return posterior.noise[0] > 0 && posteriorArrays.every((name) => allFinite(posterior[name]));
}

type Roots = PosteriorRoots & Pick<Posterior, 'outputNoise'>;

/** In units of the objective. */
function* rootsAt(
  { problem, network, best }: Found,
  { alphaTheta, alphaW }: EvidenceRecord,
  journal: Journal,
): Steps<Roots | null> {
  const { unit, data } = problem;
  const inUnits = { alphaTheta: alphaTheta.map((alpha) => alpha / unit / unit) };
  const regularization = { theta: regularizerOf(inUnits, layersOf(network)), W: alphaW };
  const kind = { objective: 'reduced', jacobian: 'kaufman' } as const;
  const isWhole = isAssembled(problem.loss, network);
  const plan = planMemory(problem, network, { beside: (isWhole ? posteriorNumbers : rootNumbers)(network, problem) });
  return yield* onObjectives({ problem, network, regularization }, journal, kind, plan, function* (open) {
    const objective = open(data);
    const point = yield* perform(objective.at(best.theta, isClosed(problem.loss) ? undefined : best.W));
    if (!point.evaluation.finite) return null;
    yield* perform(point.keepRows());
    const outputNoise = noiseByOutput(point, problem);
    const roots = yield* isWhole ? perform(point.posterior(usable(outputNoise))) : ofW(point);
    journal.workUnits += objective.passes;
    return roots && { ...roots, outputNoise };
  });
}

/** Logits have none. */
function noiseByOutput(point: Point, problem: Problem): Float64Array {
  if (!isClosed(problem.loss)) return new Float64Array(targetColumns(problem)).fill(1);
  return outputNoise(point.residual(), problem.data);
}

/** So that the covariance of θ is definite to rounding: what is quieter says no more of it. */
function usable(outputNoise: Float64Array): Float64Array {
  return outputNoise.map((s) => Math.max(s, 1e-4));
}

function* ofW(point: Point): Steps<PosteriorRoots | null> {
  const W = yield* perform(point.innerRoot());
  return W && { theta: new Float64Array(0), changesOfW: new Float64Array(0), W };
}

/**
 * The covariance is 1/(βn) times that of the roots, β = 1/σ², n = Σω; W grows with the unit of the targets. A temperature
 * of logits is multiplied into W.
 */
function inScaledUnits(roots: Roots, { problem, best }: Found, evidence: EvidenceRecord): Posterior {
  const { theta, changesOfW, W, outputNoise } = roots;
  const noise = evidence.noise ?? 1;
  const scale = noise / Math.sqrt(samplesIn(problem));
  const ofW = best.temperature * scale;
  return {
    noise: Float64Array.of(noise),
    outputNoise,
    W: best.W.map((w) => best.temperature * w),
    theta: theta.map((x) => (x * scale) / problem.unit),
    changesOfW: changesOfW.map((x) => x * ofW),
    roots: W.map((x) => x * ofW),
  };
}
