/** @file What a thread of the pool does: one training after the other, as it is asked. */
import { parentPort } from 'node:worker_threads';
import type { GnvproError } from '../errors.js';
import { type Fit, type Fitted, runFit } from './fit.js';

export interface Question {
  readonly fit: Fit;
  readonly cancelFlag: Int32Array;
  /** Addresses of modules that define layers and losses. */
  readonly modules: readonly string[];
}

/** Errors lose their classes and codes on the way between threads. */
export type Answer =
  | { readonly fitted: Fitted }
  | { readonly failure: { readonly code: string | undefined; readonly message: string } };

parentPort?.on('message', async (question: Question) => parentPort?.postMessage(await answer(question)));

async function answer({ fit, cancelFlag, modules }: Question): Promise<Answer> {
  try {
    for (const address of modules) await import(address);
    return { fitted: runFit(fit, cancelFlag) };
  } catch (error) {
    const { code, message = String(error) } = Object(error) as Partial<GnvproError>;
    return { failure: { code, message } };
  }
}
