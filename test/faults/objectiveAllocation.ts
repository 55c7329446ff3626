/** @file All that can be asked of an objective, while memory is short. */
import type { Test } from 'tap';
import type { Walk } from '../support/walk.js';
import {
  assembled,
  at,
  type Case,
  free,
  goOn,
  krylov,
  many,
  near,
  open,
  pointsOf,
  reached,
  targetColumns,
  told,
} from './objective.js';
import { failEverywhere, needsFaults, type Operation } from './support.js';

type Run = (walk: Walk) => unknown;

const evaluated = (start: Float64Array): Record<string, Run> => ({
  'evaluate, sync': (walk) => walk.evaluate(start),
  'evaluate, async': async (walk) => (await walk.at(start).async()).evaluation,
});

const noise = Float64Array.from({ length: targetColumns }, (_, j) => 1 + j);

const atPoint = (along: Float64Array): Record<string, Run> => ({
  'gradient, sync': (walk) => walk.gradient(),
  'gradient, async': (walk) => walk.point.gradient().async(),
  'Krylov step, sync': (walk) => told(walk.step(krylov)),
  'Krylov step, async': async (walk) => told(await walk.point.step(krylov, null).async()),
  'dense step, sync': (walk) => told(walk.step(free)),
  'dense step, async': async (walk) => told(await walk.point.step(free, null).async()),
  'dense step to the boundary': (walk) => reached(walk.step(assembled)),
  'product, sync': (walk) => walk.hessianProduct(along),
  'product, async': (walk) => walk.point.hessianProduct(along).async(),
  'products with the Jacobian': (walk) => walk.jacobianTransposeProduct(walk.jacobianProduct(along)),
  'dense matrix': (walk) => walk.denseHessian(),
  'what it knows': (walk) => [walk.point.x, walk.W(), walk.residual(), walk.features()],
  'memory, passes and times': ({ objective }) =>
    objective.memoryBytes > 0 && objective.passes > 0 && objective.timings().network > 0,
});

/** All of them, which takes long, where GNVPRO_ALL_FAILURES is set. */
function mostOf({ samples }: Case): number {
  if (process.env.GNVPRO_ALL_FAILURES !== undefined) return Number.POSITIVE_INFINITY;
  return samples === many ? 8 : 400;
}

/**
 * The allocations of an objective fail, each once and again with all that follow: the answer is ERR_MEMORY. `atMost`: so
 * many of an operation, evenly spread, for time.
 */
export function testAllocations(t: Test, options: Case, atMost = mostOf(options)) {
  const { start, next, along } = pointsOf(options);
  const after = (walk: Walk) => goOn(walk, { start, next, along });
  t.test(`objective: ${Object.values(options).join(', ')}`, needsFaults, async (t) => {
    const limits = options.loss === undefined ? { atMost } : { atMost, same: near };
    const check = <S, T>(name: string, operation: Operation<S, T>) => failEverywhere(t, name, operation, limits);
    await check('construction', {
      prepare: () => null,
      run: () => {
        const walk = open(options);
        const evaluation = walk.evaluate(start);
        walk.dispose();
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
          run: (walk) => {
            const { step } = walk.step(given);
            const trial = walk
              .at(
                start.map((x, i) => x + step[i]),
                'afterStep',
              )
              .sync();
            return [trial.evaluation, trial.W()];
          },
          after,
        });
      }
      await check('release', {
        prepare: () => at(open(options), start),
        run: async ({ objective }) => {
          try {
            await objective.release().async();
          } finally {
            objective.dispose();
          }
        },
      });
    }
    await check('from one point to another and back', {
      prepare: () => {
        const walk = at(open(options), start);
        return { walk, other: walk.at(next).sync() };
      },
      run: ({ walk, other }) => [other.gradient().sync(), walk.hessianProduct(along), other.W()],
      after: ({ walk }) => after(walk),
    });
    for (const [name, run] of Object.entries(atPoint(along))) {
      await check(name, { prepare: () => at(open(options), start), run, after });
    }
    if (options.objective !== 'joint') {
      const prepare = () => at(open(options), start);
      await check('root of the last layer', { prepare, run: (walk) => walk.point.innerRoot().sync(), after });
    }
    if (options.loss === undefined && options.objective !== 'joint') {
      const prepare = () => at(open(options), start);
      await check('evidence', { prepare, run: (walk) => walk.point.laplace().sync(), after });
      await check('posterior', { prepare, run: (walk) => walk.point.posterior(noise).sync(), after });
    }
    if (options.objective !== 'joint') {
      const prepare = () => at(open(options), start);
      await check('change of W', { prepare, run: (walk) => walk.point.changeOfW(along).async(), after });
      await check('what H_W tells', { prepare, run: (walk) => walk.point.innerLaplace().async(), after });
    }
    await check('second point, with pairs', {
      prepare: () => {
        const walk = at(open(options), start);
        walk.gradient();
        return at(walk, next);
      },
      run: (walk) => told(walk.step(krylov)),
      after,
    });
  });
}
