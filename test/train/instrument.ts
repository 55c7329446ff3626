/** @file Watches the sessions that a backend opens while `body` runs: jobs that still run, sessions not disposed of. */
import type { Backend, Session } from '../../lib/backend/backend.js';
import type { Job } from '../../lib/job/job.js';

export interface Watch {
  sessions: number;
  running: number;
  undisposed: number;
}

export async function watching(backend: Backend, body: () => Promise<void>): Promise<Watch> {
  const watch: Watch = { sessions: 0, running: 0, undisposed: 0 };
  const original = backend.createSession;
  backend.createSession = (problem) => watched(original(problem), watch);
  try {
    await body();
  } finally {
    backend.createSession = original;
  }
  return watch;
}

function watched(session: Session, watch: Watch): Session {
  watch.sessions++;
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
  return new Proxy(session, {
    get(target, key) {
      if (key === 'evaluate') return (...args: Parameters<Session['evaluate']>) => counted(target.evaluate(...args));
      if (key === 'gradient') return () => counted(target.gradient());
      if (key === 'step') return (options: never) => counted(target.step(options));
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
