/** @file Ctrl-C and its like: the first asks the training to end with its best model, the second ends the process. */
import { hangupIgnored } from './hangup.js';

/** 128 and the signal's number. SIGBREAK is Ctrl-Break on Windows, SIGHUP there a window that is closed. */
const exitCodes = { SIGHUP: 129, SIGINT: 130, SIGTERM: 143, SIGBREAK: 149 } as const;
type Name = keyof typeof exitCodes;

/** Why a signal of ours is aborted. */
export class Interruption extends Error {
  override readonly name = 'Interruption';
  readonly exitCode: number;

  constructor(readonly by: Name) {
    super(`Interrupted by ${by}.`);
    this.exitCode = exitCodes[by];
  }
}

/**
 * Milliseconds in which further signals are the same request: one who runs us may pass on what we got from the terminal
 * already, and a service manager sends two kinds.
 */
const sameRequest = 1000;

/** Listens until it is disposed of; `signal.reason` is an Interruption. */
export function onInterrupt(): { readonly signal: AbortSignal } & Disposable {
  const controller = new AbortController();
  let first = 0;
  const interrupt = (name: Name) => {
    if (!controller.signal.aborted) {
      first = performance.now();
      controller.abort(new Interruption(name));
    } else if (performance.now() - first > sameRequest) process.exit(exitCodes[name]);
  };
  const names = (Object.keys(exitCodes) as Name[]).filter((name) => name !== 'SIGHUP' || !hangupIgnored);
  for (const name of names) process.on(name, interrupt);
  const stop = () => {
    for (const name of names) process.off(name, interrupt);
  };
  return {
    signal: controller.signal,
    [Symbol.dispose]: () => {
      // A repetition that comes after the work must not change how the process ends.
      if (controller.signal.aborted) setTimeout(stop, Math.max(0, first + sameRequest - performance.now())).unref();
      else stop();
    },
  };
}
