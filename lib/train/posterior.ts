/** @file The posterior of the weights that a training has found, where it has found the noise, too. */
import type { PosteriorRoots } from '../backend/backend.js';
import { layersOf, regularizerOf } from '../evidence/hyperparameters.js';
import { isAssembled } from '../evidence/matrix.js';
import type { EvidenceRecord } from '../evidence/record.js';
import { perform, type Steps } from '../job/job.js';
import { allFinite } from '../linalg/matrix.js';
import { type Posterior, posteriorArrays } from '../model/posterior.js';
import type { Journal } from './phase/journal.js';
import { estimateMemory, posteriorNumbers } from './phase/memory.js';
import { onObjectives } from './phase/objectives.js';
import { failureStop } from './phase/stop.js';
import { samplesIn, targetColumns } from './problem/problem.js';
import type { Found } from './schedule/run.js';

/**
 * At the best point, with its hyperparameters. Null where they were given, where the training is cancelled, and where
 * memory or numbers do not suffice: a model is not lost for want of it.
 */
export function* posteriorOf(found: Found, journal: Journal): Steps<Posterior | null> {
  const { evidence } = found.best.record;
  if (evidence === null || !isAssembled(found.problem.loss, found.network) || Atomics.load(journal.cancelFlag, 0) !== 0)
    return null;
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

/** In units of the objective. */
function* rootsAt(
  { problem, network, best }: Found,
  { alphaTheta, alphaW }: EvidenceRecord,
  journal: Journal,
): Steps<PosteriorRoots | null> {
  const { unit, data } = problem;
  const inUnits = { alphaTheta: alphaTheta.map((alpha) => alpha / unit / unit) };
  const regularization = { theta: regularizerOf(inUnits, layersOf(network)), W: alphaW };
  const kind = { objective: 'reduced', jacobian: 'kaufman' } as const;
  const bytes =
    estimateMemory(problem, network, data.samples) +
    8 * posteriorNumbers(network, targetColumns(problem), data.samples);
  return yield* onObjectives({ problem, network, regularization }, journal, kind, bytes, function* (open) {
    const objective = open(data);
    const point = yield* perform(objective.at(best.theta));
    const roots = point.evaluation.finite ? yield* perform(point.posterior()) : null;
    journal.workUnits += objective.passes;
    return roots;
  });
}

/** The covariance is 1/(βn) times that of the roots, β = 1/σ², n = Σω; W grows with the unit of the targets. */
function inScaledUnits({ theta, changesOfW, W }: PosteriorRoots, found: Found, evidence: EvidenceRecord): Posterior {
  const { problem, best } = found;
  const noise = evidence.noise ?? 1;
  const ofW = noise / Math.sqrt(samplesIn(problem));
  return {
    noise: Float64Array.of(noise),
    W: best.W,
    theta: theta.map((x) => (x * ofW) / problem.unit),
    changesOfW: changesOfW.map((x) => x * ofW),
    roots: W.map((x) => x * ofW),
  };
}
