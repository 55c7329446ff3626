/** @file Runs a phase: opens its objective, makes its method, lets it descend, and gives the memory back. */

import type { Session } from '../backend/backend.js';
import { isClosed } from '../backend/loss.js';
import { inBackground, perform, type Steps } from '../job/job.js';
import { join } from '../linalg/vector.js';
import type { SessionData } from '../optimizers/batches.js';
import { randomW } from '../optimizers/initialW.js';
import { makeMethod, methodNeeds, type Needs } from '../optimizers/method.js';
import type { Memory, SingleDescription } from '../optimizers/optimizer.js';
import type { Stop } from '../report/report.js';
import { Descent, type Watch } from './descent.js';
import type { Journal } from './journal.js';
import { checkMemory, estimateMemory } from './memory.js';
import { dataOf, type Phase, type PhaseResult, type Standing, type State, shareOf } from './phase.js';
import { targetColumns } from './problem.js';

/**
 * Throws what comes before a first point of the run; a failure after it is a reason to stop. Where the standing of the phase
 * is taken, the phase goes on as it would from there in another process: with an objective that knows nothing else.
 */
export function* runPhase(phase: Phase, start: State | Standing, journal: Journal, watch: Watch): Steps<PhaseResult> {
  let descent = new Descent(phase, start, journal, watch);
  const run = () => onSessions(phase, journal, (open) => descend(descent, open));
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

function* descend(descent: Descent, open: Open): Steps<Stop | Standing> {
  const { phase, start, journal } = descent;
  const { theta, W, memory } = start;
  const { problem, network, seed, solver, method: optimizer, regularization, estimatedBytes } = phase;
  const needs = methodNeeds(optimizer, solver);
  const data = dataOf(phase);
  const given = W?.map((w) => w / problem.unit);
  const isJoint = needs.objective === 'joint';
  const x = isJoint ? join(theta, given ?? (yield* firstW(phase, journal, theta, data))) : theta;
  const openAlike = (part: SessionData) => open(needs, part, estimatedBytes);
  const session = openAlike(data);
  const method = makeMethod(withRadius(optimizer, memory), {
    backend: problem.backend,
    session,
    data,
    open: openAlike,
    solver,
    weights: network.weights,
    unknowns: x.length,
    alphaW: regularization.W,
    seed,
  });
  return yield* descent.run(method, session, x, isJoint ? undefined : given);
}

/** The radius of a phase before; a method that is taken up again brings its own. */
function withRadius(optimizer: SingleDescription, memory: Memory | null): SingleDescription {
  const radius = memory?.radius ?? null;
  if (!('trustRegion' in optimizer) || radius === null) return optimizer;
  return { ...optimizer, trustRegion: { ...optimizer.trustRegion, initialRadius: radius as number } };
}

/** The projection at θ, or random numbers. */
function* firstW(phase: Phase, journal: Journal, theta: Float64Array, data: SessionData): Steps<Float64Array> {
  const { problem, network, method, seed } = phase;
  const targets = targetColumns(problem);
  const columns = network.features + Number(problem.bias);
  if ('initialW' in method && method.initialW === 'random') return randomW(targets, columns, seed);
  const solver = { dense: false, fullJacobian: false, joint: false, convex: !isClosed(problem.loss) };
  const bytes = estimateMemory(network, data.samples, targets, solver);
  return yield* onSessions(phase, journal, function* (open) {
    const session = open({ objective: 'reduced', jacobian: 'kaufman', pairs: 0 }, data, bytes);
    const { finite } = yield* perform(session.evaluate(theta));
    journal.workUnits += shareOf(phase);
    return finite ? session.trialW() : new Float64Array(targets * columns);
  });
}

type Open = (needs: Needs, part: SessionData, estimatedBytes: number) => Session;

/** Gives the memory of the sessions that `work` opens back, whatever happens. Opening throws ERR_MEMORY. */
function* onSessions<R>({ problem, network, regularization }: Phase, journal: Journal, work: (open: Open) => Steps<R>) {
  const { backend, bias, loss, innerTolerance, threads, cancelFlag } = problem;
  const { programs, weights } = network;
  const { theta: regularizer, W: alphaW } = regularization;
  const common = { programs, weights, bias, loss, innerTolerance, alphaW, regularizer, threads, cancelFlag };
  const sessions: Session[] = [];
  try {
    return yield* work((needs, part, estimatedBytes) => {
      checkMemory(estimatedBytes);
      const definition = { ...common, ...needs, ...part, targetColumns: targetColumns(problem) };
      return sessions[sessions.push(backend.createSession(definition)) - 1];
    });
  } finally {
    journal.account(sessions);
    for (const session of sessions) {
      const release = session.release();
      // What comes next needs the memory; a training that is cancelled does not wait for it to go.
      yield* perform(Atomics.load(cancelFlag, 0) === 0 ? release : inBackground(release));
    }
  }
}
