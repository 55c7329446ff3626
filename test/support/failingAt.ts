/** @file A backend that fails on demand, also where the addon has no injected failures. */

import { jsBackend } from '../../lib/backend/js/backend.js';
import type { Job } from '../../lib/job/job.js';

/** Runs `body` on the js backend, whose n-th call, of objectives or of predictions, fails; resolves to the calls it saw. */
export async function failingAt(n: number, error: Error, body: () => unknown): Promise<string[]> {
  const { createObjective, prepare } = jsBackend;
  const calls: string[] = [];
  const counted = <A extends unknown[], T>(name: string, call: (...args: A) => T) => {
    return (...args: A): T => {
      calls.push(name);
      if (calls.length === n) throw error;
      return call(...args);
    };
  };
  const countedJob = <A extends unknown[], T>(name: string, start: (...args: A) => Job<T>, watch = (_: T) => {}) => {
    const watched = (value: T) => {
      watch(value);
      return value;
    };
    return (...args: A): Job<T> => {
      const job = start(...args);
      return {
        sync: counted(name, () => watched(job.sync())),
        async: async () => watched(await counted(name, () => job.async())()),
      };
    };
  };
  jsBackend.createObjective = counted('objective', (problem) => {
    const objective = createObjective(problem);
    objective.at = countedJob('at', objective.at.bind(objective), (point) => {
      point.gradient = countedJob('gradient', point.gradient.bind(point));
      point.step = countedJob('step', point.step.bind(point));
    });
    return objective;
  });
  jsBackend.prepare = counted('prepare', (program) => {
    const runner = prepare(program);
    runner.predict = countedJob('predict', runner.predict.bind(runner));
    return runner;
  });
  try {
    await body();
  } finally {
    Object.assign(jsBackend, { createObjective, prepare });
  }
  return calls;
}
