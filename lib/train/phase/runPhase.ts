/** @file Runs a phase: opens its objective, makes its method, lets it descend, and gives the memory back. */
import type { Objective } from '../../backend/backend.js';
import { isClosed } from '../../backend/loss.js';
import { Evidence, type Rivals } from '../../evidence/evidence.js';
import { layersOf, type Sizes } from '../../evidence/hyperparameters.js';
import { isAssembled } from '../../evidence/matrix.js';
import { perform, type Steps } from '../../job/job.js';
import { join } from '../../linalg/vector.js';
import { AdamRule } from '../../optimizers/adam.js';
import { Batches, type LoadedData, type ObjectiveData, type OpenObjective } from '../../optimizers/batches.js';
import { randomW } from '../../optimizers/initialW.js';
import { Lbfgs } from '../../optimizers/lbfgs.js';
import { MiniBatch } from '../../optimizers/miniBatch.js';
import {
  isStochastic,
  type Memory,
  type Method,
  objectiveOf,
  type SingleDescription,
} from '../../optimizers/optimizer.js';
import { MomentumRule } from '../../optimizers/sgd.js';
import { SlimTrain } from '../../optimizers/slimTrain.js';
import { Stochastic, type StochasticWork } from '../../optimizers/stochastic.js';
import { TrustRegion } from '../../optimizers/trustRegion.js';
import { Random } from '../../random.js';
import type { Stop } from '../../report/report.js';
import { numbersIn, samplesIn, targetColumns } from '../problem/problem.js';
import { Descent, type Watch } from './descent.js';
import type { Journal } from './journal.js';
import { planMemory } from './memory.js';
import { type CloseObjective, onObjectives } from './objectives.js';
import { dataOf, type Phase, type PhaseResult, type Standing, type State, shareOf } from './phase.js';

/**
 * Throws what comes before a first point of the run; a failure after it is a reason to stop. Whoever watches a phase gets
 * its standings. An objective with a history is opened anew there, as it would be in another process.
 */
export function* runPhase(phase: Phase, start: State | Standing, journal: Journal, watch?: Watch): Steps<PhaseResult> {
  let descent = new Descent(phase, start, journal, watch);
  const kind = {
    objective: objectiveOf(phase.method),
    jacobian: phase.method.type === 'gnvpro' ? phase.method.jacobian : ('kaufman' as const),
  };
  const run = () => onObjectives(phase, journal, kind, phase.memory, (open, close) => descend(descent, open, close));
  let stop: Stop | null;
  try {
    let end = yield* run();
    while ('counts' in end) {
      descent = new Descent(phase, end, journal, watch);
      end = yield* run();
    }
    stop = end;
  } catch (error) {
    stop = descent.best !== null || journal.best !== null ? journal.stopOf(error) : null;
    if (stop === null) throw error;
  }
  const { last, best, radius, counts } = descent;
  const workUnits = journal.workUnits - counts.unitsBefore;
  return { stop, last, best, radius, iterations: counts.iterations, workUnits };
}

function* descend(descent: Descent, open: OpenObjective, close: CloseObjective): Steps<Stop | Standing> {
  const { phase, start, journal } = descent;
  const { theta, W, memory } = start;
  const data = dataOf(phase);
  const given = W?.map((w) => w / phase.problem.unit);
  if (isStochastic(phase.method, data.samples)) {
    const method = new Stochastic(withRadius(phase.method, memory), stochasticWork(phase, data, open, close));
    return yield* descent.run(method, theta, given);
  }
  const isJoint = objectiveOf(phase.method) === 'joint';
  const x = isJoint ? join(theta, given ?? (yield* firstW(phase, journal, theta, data))) : theta;
  const method = makeMethod({ ...phase, method: withRadius(phase.method, memory) }, journal, data, x.length, open);
  return yield* descent.run(method, x, isJoint ? undefined : given);
}

function stochasticWork(
  { network, solver, seed }: Phase,
  data: ObjectiveData,
  open: OpenObjective,
  close: CloseObjective,
): StochasticWork {
  const random = new Random(seed);
  return { data, weights: network.weights, solver: solver ?? 'krylov', random, open, close };
}

function makeMethod(
  phase: Phase,
  journal: Journal,
  data: ObjectiveData,
  unknowns: number,
  open: OpenObjective,
): Method {
  const objective = open(data);
  const method = descentMethod(phase, objective, data, unknowns, open);
  const { strength } = phase;
  if (strength === undefined) return method;
  const isDense = isAssembled(phase.problem.loss, phase.network);
  return new Evidence(method, objective, sizesOf(phase), strength, isDense, rivalsIn(journal, phase));
}

/** Of the runs before, in units of the objective. */
function rivalsIn({ records, run }: Journal, { problem }: Phase): Rivals {
  const first = new Map<number, number>();
  const best = new Map<number, number>();
  const ofUnit = numbersIn(problem) * Math.log(problem.unit);
  for (const { run: other, iteration, evidence } of records) {
    if (other === run) continue;
    if (!first.has(other)) first.set(other, iteration);
    const iterations = iteration - (first.get(other) ?? iteration);
    const logEvidence = (evidence?.logEvidence ?? Number.NEGATIVE_INFINITY) + ofUnit;
    best.set(iterations, Math.max(logEvidence, best.get(iterations) ?? logEvidence));
  }
  return (iterations) => best.get(iterations) ?? Number.NEGATIVE_INFINITY;
}

function sizesOf({ problem, network }: Phase): Sizes {
  const targets = targetColumns(problem);
  const linearWeights = targets * (network.features + Number(problem.bias));
  const hasNoise = isClosed(problem.loss);
  return { groups: layersOf(network), samples: samplesIn(problem), targets, linearWeights, hasNoise };
}

function descentMethod(
  { problem, network, method, solver, regularization, seed }: Phase,
  objective: Objective,
  data: ObjectiveData,
  unknowns: number,
  open: OpenObjective,
): Method {
  if (method.type === 'lbfgs') return new Lbfgs(objective, method);
  if ('trustRegion' in method) return new TrustRegion(objective, method, solver ?? 'krylov');
  const batches = new Batches(data as LoadedData, method.batchSize, open); // options refuse files
  const work = { objective, batches, random: new Random(seed) };
  if (method.type === 'sgd') return new MiniBatch(method, { ...work, rule: new MomentumRule(method, unknowns) });
  if (method.type === 'adam') return new MiniBatch(method, { ...work, rule: new AdamRule(method, unknowns) });
  const { weights } = network;
  const rule = new AdamRule(method, weights);
  return new SlimTrain(method, { ...work, rule, weights, backend: problem.backend, alphaW: regularization.W });
}

/** The radius of a phase before; a method that is taken up again brings its own. */
function withRadius<D extends SingleDescription>(optimizer: D, memory: Memory | null): D {
  const radius = memory?.radius ?? null;
  if (!('trustRegion' in optimizer) || radius === null) return optimizer;
  return { ...optimizer, trustRegion: { ...optimizer.trustRegion, initialRadius: radius as number } };
}

/** The projection at θ, or random numbers. */
function* firstW(phase: Phase, journal: Journal, theta: Float64Array, data: ObjectiveData): Steps<Float64Array> {
  const { problem, network, method, seed } = phase;
  const targets = targetColumns(problem);
  const columns = network.features + Number(problem.bias);
  if ('initialW' in method && method.initialW === 'random') return randomW(targets, columns, seed);
  const plan = planMemory(problem, network, { samples: data.samples });
  const kind = { objective: 'reduced', jacobian: 'kaufman' } as const;
  return yield* onObjectives(phase, journal, kind, plan, function* (open) {
    const objective = open(data);
    const point = yield* perform(objective.at(theta));
    journal.workUnits += objective.passes * shareOf(phase);
    return point.evaluation.finite ? point.W() : new Float64Array(targets * columns);
  });
}
