/**
 * @file Work that a backend can do now or off the main thread. The outer loop is a generator that yields jobs, so one
 * loop serves `train` (each job awaited) and `trainSync` (each job run on the spot).
 */

/** Its work may be done once. */
export interface Job<T> {
  /** Runs on the calling thread. */
  sync(): T;
  /** Runs off the main thread where the backend can. */
  async(): Promise<T>;
}

/** A computation that asks for jobs and finally returns R. */
export type Steps<R> = Generator<Job<unknown>, R, unknown>;

/** `const value = yield* perform(job)` inside Steps. */
export function* perform<T>(job: Job<T>): Generator<Job<unknown>, T, unknown> {
  return (yield job) as T;
}

/** Starts the job, where it can run off the main thread, without waiting for its end; how it ends is nobody's concern. */
export function inBackground(job: Job<void>): Job<void> {
  return {
    sync: () => job.sync(),
    async: async () => {
      job.async().catch(() => {});
    },
  };
}

export async function drive<R>(steps: Steps<R>): Promise<R> {
  let next = steps.next();
  while (!next.done) {
    let value: unknown;
    try {
      value = await next.value.async();
    } catch (error) {
      next = steps.throw(error);
      continue;
    }
    next = steps.next(value);
  }
  return next.value;
}

export function driveSync<R>(steps: Steps<R>): R {
  let next = steps.next();
  while (!next.done) {
    let value: unknown;
    try {
      value = next.value.sync();
    } catch (error) {
      next = steps.throw(error);
      continue;
    }
    next = steps.next(value);
  }
  return next.value;
}
