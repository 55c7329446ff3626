/** @file Failures on demand: only a build with GNVPRO_FAULTS has them (`npm run test:full` makes one). */
import { isDeepStrictEqual } from 'node:util';
import type { Test } from 'tap';
import { loadNative } from '../../lib/binding.js';

/** They cannot fail: one number of the result is wrong. */
export type BlasRoutine =
  | 'daxpy'
  | 'ddot'
  | 'dgemm'
  | 'dlarfb'
  | 'dlarft'
  | 'dnrm2'
  | 'dsyrk'
  | 'dtrsm'
  | 'dtrsv'
  | 'sgemm';
export type Routine =
  | 'dgbtrf'
  | 'dgbtrs'
  | 'dgeqrf'
  | 'dgesdd'
  | 'dgesvd'
  | 'dpotrf'
  | 'dsyev'
  | 'dsyevd'
  | 'dtpmqrt'
  | 'dtpqrt';
export type Event = 'allocation' | 'thread' | BlasRoutine | Routine;

export interface Faults {
  /** The n-th event from now on fails; with `lasting` all later ones too. `info`: what a LAPACK routine returns. */
  arm(event: Event, n: number, lasting: boolean, info: number): void;
  disarm(): void;
  /** The addon's test of BLAS once more: the routine that it finds wrong, or null. */
  selfTest(): string | null;
  /** Since each event was armed. */
  counts(): Record<Event, { count: number; failures: number }>;
}

/** Null in the product. */
export const faults: Faults | null = (loadNative() as unknown as { faults?: Faults }).faults ?? null;

/** For the options of a test. */
export const needsFaults = { skip: faults === null && 'needs the addon built with GNVPRO_FAULTS' };

export type Outcome<T> = { value: T } | { error: Error & { code?: string } };

export interface Attempt<T> {
  readonly outcome: Outcome<T>;
  /** Whether the failure that was asked for came. */
  readonly failed: boolean;
}

/** Runs `body` with a failure at the n-th event. */
export async function failing<T>(
  event: Event,
  n: number,
  body: () => T | Promise<T>,
  { lasting = false, info = 1 } = {},
): Promise<Attempt<T>> {
  const { arm, disarm, counts } = faults as Faults;
  let outcome: Outcome<T>;
  arm(event, n, lasting, event.startsWith('d') ? info : 0);
  try {
    outcome = { value: await body() };
  } catch (error) {
    outcome = { error: error as Error };
  } finally {
    disarm();
  }
  return { outcome, failed: counts()[event].failures > 0 };
}

/** How often an event happens in `body`. */
export async function count(event: Event, body: () => unknown): Promise<number> {
  await failing(event, 2 ** 31 - 1, body);
  return (faults as Faults).counts()[event].count;
}

export interface Operation<S, T> {
  /** What the operation works on, made anew for each failure. */
  prepare(): S;
  run(subject: S): T | Promise<T>;
  /** What can be done afterwards. */
  after?(subject: S): unknown;
}

/** Whether two answers count as the same. */
export type Same = (actual: unknown, expected: unknown) => boolean;

/** ERR_MEMORY, or the result where the operation can do without; else what is wrong. */
function judge(outcome: Outcome<unknown>, expected: unknown, same: Same): string | null {
  if ('value' in outcome) return same(outcome.value, expected) ? null : 'another result';
  return outcome.error.code === 'ERR_MEMORY' ? null : `${outcome.error.code}: ${outcome.error.message}`;
}

/**
 * Runs an operation on fresh subjects: the first allocation fails, the second, … until all have, once alone and once
 * with all that follow. Then the same subject must give the result of a clean run, and go on as after one.
 * `atMost`: so many of them, evenly spread. `same`: by default the same bits.
 */
export async function failEverywhere<S, T>(
  t: Test,
  name: string,
  { prepare, run, after = () => null }: Operation<S, T>,
  { atMost = 2000, same = isDeepStrictEqual as Same } = {},
): Promise<void> {
  const clean = prepare();
  const expected = await run(clean);
  const next = await after(clean);
  const other = prepare();
  const total = await count('allocation', () => run(other));
  const stride = Math.max(1, Math.ceil(total / atMost));
  const problems: string[] = [];
  let attempts = 0;
  for (const lasting of [false, true]) {
    for (let n = 1, failed = true; failed; n += stride) {
      const subject = prepare();
      const attempt = await failing('allocation', n, () => run(subject), { lasting });
      failed = attempt.failed;
      attempts += failed ? 1 : 0;
      const verdicts = [judge(attempt.outcome, expected, same)];
      try {
        verdicts.push(same(await run(subject), expected) ? null : 'another result afterwards');
        verdicts.push(same(await after(subject), next) ? null : 'goes on differently');
      } catch (error) {
        verdicts.push(`unusable afterwards: ${(error as Error).message}`);
      }
      const where = `${lasting ? 'from' : 'at'} allocation ${n} of ${total}`;
      for (const what of verdicts) if (what !== null) problems.push(`${where}: ${what}`);
    }
  }
  t.strictSame(problems, [], `${name}: ${attempts} failures`);
  t.equal(attempts > 0, total > 0, `${total} allocations`);
}
