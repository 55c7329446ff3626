/** @file A backend that fails on demand, also where the addon has no injected failures. */

import { jsBackend } from '../../lib/backend/js/backend.js';
import type { Job } from '../../lib/job/job.js';

/** Runs `body` on the js backend, whose n-th call, of sessions or of predictions, fails; resolves to the calls it saw. */
export async function failingAt(n: number, error: Error, body: () => unknown): Promise<string[]> {
  const { createSession, prepare } = jsBackend;
  const calls: string[] = [];
  const counted = <A extends unknown[], T>(name: string, call: (...args: A) => T) => {
    return (...args: A): T => {
      calls.push(name);
      if (calls.length === n) throw error;
      return call(...args);
    };
  };
  const countedJob = <A extends unknown[], T>(name: string, start: (...args: A) => Job<T>) => {
    return (...args: A): Job<T> => {
      const job = start(...args);
      return { sync: counted(name, () => job.sync()), async: async () => counted(name, () => job.async())() };
    };
  };
  jsBackend.createSession = counted('session', (problem) => {
    const session = createSession(problem);
    session.evaluate = countedJob('evaluate', session.evaluate.bind(session));
    session.gradient = countedJob('gradient', session.gradient.bind(session));
    session.step = countedJob('step', session.step.bind(session));
    return session;
  });
  jsBackend.prepare = counted('prepare', (program) => {
    const runner = prepare(program);
    runner.predict = countedJob('predict', runner.predict.bind(runner));
    return runner;
  });
  try {
    await body();
  } finally {
    Object.assign(jsBackend, { createSession, prepare });
  }
  return calls;
}
