/**
 * @file Threads that run trainings, each one at a time, by the synchronous path of `train`: on small problems JavaScript
 * between the jobs takes most of the time, which one event loop could not share out (docs/decisions.md).
 */
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { Worker } from 'node:worker_threads';
import type { BackendName } from '../backend/select.js';
import { threadUse } from '../backend/threads.js';
import { GnvproError } from '../errors.js';
import { cancelledBy, throwIfAborted } from '../job/cancel.js';
import type { Task } from '../options/options.js';
import { packageFolder } from '../packageFolder.js';
import { checkFunction, checkInteger, checkNumber, checkSignal, invalid } from '../validate/check.js';
import type { Fit, Fitted } from './fit.js';
import type { Answer, Question } from './thread.js';

export interface Progress {
  /** Trainings that have ended, those that failed among them, and how many there are; of a search in the present rung. */
  readonly done: number;
  readonly failed: number;
  readonly of: number;
  /** The rung of a search, from 1. */
  readonly rung: number;
  /** Since the call. */
  readonly seconds: number;
}

export interface PoolOptions {
  /** Trainings at a time (default: the threads that the process may have, divided by `threads` of the training). Results do not depend on it. */
  readonly concurrency?: number;
  /** When that time is over, trainings that run are ended and no other begins (default unlimited). */
  readonly seconds?: number;
  /** Ends all trainings; what is complete comes back. */
  readonly signal?: AbortSignal;
  /** Called when a training has ended. */
  readonly onProgress?: (progress: Progress) => void;
  /** Files (paths or file: URLs) whose import defines the layers and losses of your own: each thread imports them. */
  readonly modules?: readonly (string | URL)[];
}

export const poolOptionNames = ['concurrency', 'seconds', 'signal', 'onProgress', 'modules'];

/** How a call ended: with all its trainings, or before. */
export interface PoolStop {
  readonly status: 'done' | 'timeLimit' | 'aborted';
  readonly message: string;
}

/** A training, or why there is none. */
export type Outcome = Fitted | GnvproError;
export type { Fitted };

export function isFitted(outcome: Outcome): outcome is Fitted {
  return 'model' in outcome;
}

/** What comes of a call's trainings, and how it ended. */
export interface Ended {
  readonly outcomes: readonly Outcome[];
  readonly stop: PoolStop;
  readonly seconds: number;
}

/** Runs trainings to their ends. Throws why there is none where not one came off. */
export async function trainAll(fits: readonly Fit[], options: PoolOptions, task: Task): Promise<Ended> {
  const pool = new Pool(options, task);
  try {
    const outcomes = (await pool.run(fits)).map((outcome) => interrupted(outcome, pool) ?? outcome);
    return { outcomes: requireSome(outcomes, pool), stop: pool.stop, seconds: pool.seconds };
  } finally {
    pool.end();
  }
}

/** The error that stands for a training that the end of the call cut short; else null. */
export function interrupted(outcome: Outcome, pool: Pool): GnvproError | null {
  if (!isFitted(outcome) || outcome.report.stop.status !== 'aborted') return null;
  return new GnvproError('ERR_ABORTED', `${pool.stop.message} This training had not ended.`);
}

/** The outcomes; throws why there is none where not one training came off. */
export function requireSome(outcomes: readonly Outcome[], { options: { signal } }: Pool): readonly Outcome[] {
  if (outcomes.some(isFitted)) return outcomes;
  throwIfAborted(signal);
  throw outcomes[0];
}

/** Its trainings share a time limit and a signal. `end` is due whatever happens. */
export class Pool {
  readonly #concurrency: number;
  readonly #modules: readonly string[];
  readonly #cancellation: ReturnType<typeof cancelledBy>;
  readonly #timer: NodeJS.Timeout | null;
  readonly #start = performance.now();
  #isLate = false;
  #thrown: { readonly error: unknown } | null = null;

  /** Throws ERR_OPTION, and the reason of a signal that is aborted. Each training has as many threads as it says, or one. */
  constructor(
    readonly options: PoolOptions,
    { backend, threads: own }: Pick<Task, 'backend' | 'threads'>,
  ) {
    const threads = own ?? 1;
    const { seconds = Number.POSITIVE_INFINITY, signal, onProgress, modules = [] } = options;
    const { concurrency = Math.max(1, Math.floor(cores(backend) / threads)) } = options;
    checkInteger(concurrency, 'concurrency', { min: 1, max: 256 });
    checkNumber(seconds, 'seconds', { above: 0, infinite: true });
    checkSignal(signal);
    if (onProgress !== undefined) checkFunction(onProgress, 'onProgress');
    this.#concurrency = concurrency;
    this.#modules = addressesOf(modules);
    this.#cancellation = cancelledBy(signal);
    this.#timer = Number.isFinite(seconds)
      ? setTimeout(() => this.#timeIsOver(), Math.min(1000 * seconds, longest))
      : null;
  }

  get stop(): PoolStop {
    const { signal, seconds } = this.options;
    if (signal?.aborted) return { status: 'aborted', message: 'The signal was aborted.' };
    if (this.#isLate) return { status: 'timeLimit', message: `The ${seconds} seconds were over.` };
    return { status: 'done', message: 'All trainings have ended.' };
  }

  /** Since the call. */
  get seconds(): number {
    return (performance.now() - this.#start) / 1000;
  }

  /** What comes of the trainings, in their order, whichever ended first. Throws what `onProgress` throws, when all have ended. */
  async run(fits: readonly Fit[], rung = 1): Promise<Outcome[]> {
    const outcomes: Outcome[] = [];
    const of = fits.length;
    let [next, done, failed] = [0, 0, 0];
    const work = async () => {
      const thread = idle.pop() ?? new Thread();
      while (next < of && !this.#isOver && thread.isAlive) {
        const k = next++;
        const outcome = await thread.run({ fit: fits[k], cancelFlag: this.#cancellation.flag, modules: this.#modules });
        outcomes[k] = outcome;
        done++;
        if (!isFitted(outcome)) failed++;
        this.#tell({ done, failed, of, rung, seconds: this.seconds });
      }
      thread.giveBack();
      if (next < of && !this.#isOver) await work(); // the thread has died
    };
    await Promise.all(Array.from({ length: Math.min(this.#concurrency, of) }, work));
    if (this.#thrown !== null) throw this.#thrown.error;
    return Array.from({ length: of }, (_, k) => outcomes[k] ?? this.#notBegun());
  }

  end(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#cancellation.end();
  }

  get #isOver(): boolean {
    return Atomics.load(this.#cancellation.flag, 0) !== 0;
  }

  #tell(progress: Progress): void {
    try {
      this.options.onProgress?.(progress);
    } catch (error) {
      this.#thrown ??= { error };
      this.#cancel();
    }
  }

  #timeIsOver(): void {
    this.#isLate = true;
    this.#cancel();
  }

  #cancel(): void {
    Atomics.store(this.#cancellation.flag, 0, 1);
  }

  #notBegun(): GnvproError {
    return new GnvproError('ERR_ABORTED', `${this.stop.message} This training had not begun.`);
  }
}

/** The crew that the trainings share; loading it here, outside of threads, saves the threads of BLAS (lib/addon.ts). */
function cores(backend: BackendName): number {
  return backend === 'native' ? threadUse().threads : availableParallelism();
}

/** Timers take no more milliseconds. */
const longest = 2 ** 31 - 1;

function addressesOf(modules: readonly (string | URL)[]): string[] {
  if (!Array.isArray(modules)) throw invalid('an array of paths or file: URLs', 'modules', modules);
  return modules.map((module: string | URL, k) => {
    if (typeof module === 'string' && module !== '' && !module.startsWith('file:')) return pathToFileURL(module).href;
    if (String(module).startsWith('file:')) return String(module);
    throw invalid('a path or a file: URL', `entry ${k} of modules`, module);
  });
}

/** Threads without work: they stay for the next call, and do not keep the process alive. */
const idle: Thread[] = [];

class Thread {
  readonly #worker: Worker;
  isAlive = true;

  constructor() {
    const root = packageFolder();
    if (root === null) {
      throw new GnvproError(
        'ERR_ADDON_MISSING',
        'gnvpro was bundled: keep the package external, its threads need its files.',
      );
    }
    this.#worker = new Worker(join(root, 'dist/many/thread.js'), { name: 'gnvpro' });
    this.#worker.unref();
    this.#worker.once('exit', () => this.#hasDied());
    this.#worker.on('error', () => this.#hasDied()); // as where the memory of its heap runs out
  }

  /** Never rejects. */
  async run(question: Question): Promise<Outcome> {
    this.#worker.ref();
    try {
      return await new Promise<Outcome>((resolve) => {
        const died = (error: unknown) => resolve(deathOf(error));
        this.#worker.once('message', (answer: Answer) => {
          this.#worker.off('error', died).off('exit', died);
          resolve(outcomeOf(answer));
        });
        this.#worker.once('error', died).once('exit', died);
        this.#worker.postMessage(question);
      });
    } finally {
      this.#worker.unref();
    }
  }

  giveBack(): void {
    if (!this.isAlive) return;
    if (idle.length < availableParallelism()) idle.push(this);
    else this.#worker.terminate();
  }

  #hasDied(): void {
    this.isAlive = false;
    const at = idle.indexOf(this);
    if (at !== -1) idle.splice(at, 1);
  }
}

function outcomeOf(answer: Answer): Outcome {
  if ('fitted' in answer) return answer.fitted;
  const { code = 'ERR_THREAD', message } = answer.failure;
  return new GnvproError(code, message);
}

function deathOf(error: unknown): GnvproError {
  const why = error instanceof Error ? error.message : 'it was ended';
  return new GnvproError('ERR_THREAD', `The thread of a training died: ${why}. Run fewer at a time (concurrency).`, {
    cause: error,
  });
}
