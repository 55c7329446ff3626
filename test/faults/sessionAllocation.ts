/** @file All that can be asked of a session, while memory is short. */
import type { Test } from 'tap';
import type { NativeSession } from '../../lib/binding.js';
import { assembled, at, type Case, free, goOn, krylov, many, near, open, pointsOf, reached, told } from './session.js';
import { failEverywhere, needsFaults, type Operation } from './support.js';

type SessionRun = (session: NativeSession) => unknown;

const evaluated = (start: Float64Array): Record<string, SessionRun> => ({
  'evaluate, sync': (session) => session.evaluateSync(start),
  'evaluate, async': (session) => session.evaluate(start),
});

const atPoint = (along: Float64Array): Record<string, SessionRun> => ({
  'gradient, sync': (session) => session.gradientSync(),
  'gradient, async': (session) => session.gradient(),
  'Krylov step, sync': (session) => told(session.stepSync(krylov)),
  'Krylov step, async, with progress': async (session) => told(await session.step(krylov, undefined, () => {})),
  'dense step, sync': (session) => told(session.stepSync(free)),
  'dense step, async': async (session) => told(await session.step(free)),
  'dense step to the boundary': (session) => reached(session.stepSync(assembled)),
  'product, sync': (session) => session.hessianProductSync(along),
  'product, async': (session) => session.hessianProduct(along),
  'products with the Jacobian': (session) => session.jacobianTransposeProductSync(session.jacobianProductSync(along)),
  'dense matrix': (session) => session.denseHessianSync(),
  'what it knows': (session) => [session.weights(), session.W(), session.residual(), session.features()],
  'memory and times': (session) => session.memoryBytes > 0 && session.timings().network > 0,
});

/**
 * The allocations of a session fail, each once and again with all that follow: the answer is ERR_MEMORY. `atMost`: so
 * many of an operation, evenly spread, for time; by default all of those with few samples.
 */
export function testAllocations(t: Test, options: Case, atMost = options.samples === many ? 15 : 2000) {
  const { start, next, along } = pointsOf(options);
  const after = (session: NativeSession) => goOn(session, { start, next, along });
  t.test(`session: ${Object.values(options).join(', ')}`, needsFaults, async (t) => {
    const limits = options.loss === undefined ? { atMost } : { atMost, same: near };
    const check = <S, T>(name: string, operation: Operation<S, T>) => failEverywhere(t, name, operation, limits);
    await check('construction', {
      prepare: () => null,
      run: () => {
        const session = open(options);
        const evaluation = session.evaluateSync(start);
        session.dispose();
        return evaluation;
      },
    });
    for (const [name, run] of Object.entries(evaluated(start))) {
      await check(name, { prepare: () => open(options), run, after });
    }
    if (options.loss !== undefined) {
      for (const given of [krylov, assembled]) {
        await check('evaluate after a step', {
          prepare: () => at(open(options), start),
          run: (session) => {
            const { step } = session.stepSync(given);
            const evaluation = session.evaluateSync(
              start.map((x, i) => x + step[i]),
              undefined,
              'afterStep',
            );
            return [evaluation, session.trialW()];
          },
          after,
        });
      }
      await check('release', {
        prepare: () => at(open(options), start),
        run: async (session) => {
          try {
            await session.release();
          } finally {
            session.dispose();
          }
        },
      });
    }
    await check('accept', {
      prepare: () => {
        const session = at(open(options), start);
        session.evaluateSync(next);
        return session;
      },
      // Where a first attempt was refused the trial point is still there; where it was not, there is none.
      run: (session) => {
        try {
          session.accept();
        } catch (error) {
          if ((error as { code?: string }).code !== 'ERR_STATE') throw error;
        }
        return [session.weights(), session.gradientSync()];
      },
      after,
    });
    for (const [name, run] of Object.entries(atPoint(along))) {
      await check(name, { prepare: () => at(open(options), start), run, after });
    }
    await check('second point, with pairs', {
      prepare: () => {
        const session = at(open(options), start);
        session.gradientSync();
        return at(session, next);
      },
      run: (session) => told(session.stepSync(krylov)),
      after,
    });
  });
}
