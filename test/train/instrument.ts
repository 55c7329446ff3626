/** @file Watches the objectives that a backend opens while `body` runs: jobs that still run, objectives not disposed of. */
import type { Backend, Objective, Point } from '../../lib/backend/backend.js';
import type { Job } from '../../lib/job/job.js';

export interface Watch {
  objectives: number;
  running: number;
  undisposed: number;
}

export async function watching(backend: Backend, body: () => Promise<void>): Promise<Watch> {
  const watch: Watch = { objectives: 0, running: 0, undisposed: 0 };
  const original = backend.createObjective;
  backend.createObjective = (problem) => watched(original(problem), watch);
  try {
    await body();
  } finally {
    backend.createObjective = original;
  }
  return watch;
}

function watched(objective: Objective, watch: Watch): Objective {
  watch.objectives++;
  watch.undisposed++;
  const counted = <T>(job: Job<T>): Job<T> => ({
    sync: () => job.sync(),
    async: async () => {
      watch.running++;
      try {
        return await job.async();
      } finally {
        watch.running--;
      }
    },
  });
  const watchedPoint = (point: Point): Point => {
    const { gradient, step } = point;
    return Object.defineProperties(point, {
      gradient: { value: () => counted(gradient.call(point)) },
      step: { value: (...args: Parameters<Point['step']>) => counted(step.apply(point, args)) },
    });
  };
  const arrival = (job: Job<Point>): Job<Point> => ({
    sync: () => watchedPoint(job.sync()),
    async: async () => watchedPoint(await job.async()),
  });
  return new Proxy(objective, {
    get(target, key) {
      if (key === 'at') return (...args: Parameters<Objective['at']>) => counted(arrival(target.at(...args)));
      if (key === 'release') {
        return () => {
          watch.undisposed--;
          return target.release();
        };
      }
      const value = Reflect.get(target, key, target) as unknown;
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });
}
