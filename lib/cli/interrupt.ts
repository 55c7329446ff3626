/** @file Ctrl-C and its like: the first asks the training to end with its best model, the second ends the process. */

const exitCodes = { SIGINT: 130, SIGTERM: 143 } as const;
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

/** Listens until it is disposed of; `signal.reason` is an Interruption. */
export function onInterrupt(): { readonly signal: AbortSignal } & Disposable {
  const controller = new AbortController();
  const names = Object.keys(exitCodes) as Name[];
  const interrupt = (name: Name) => {
    if (controller.signal.aborted) process.exit(exitCodes[name]);
    controller.abort(new Interruption(name));
  };
  for (const name of names) process.on(name, interrupt);
  return {
    signal: controller.signal,
    [Symbol.dispose]: () => {
      for (const name of names) process.off(name, interrupt);
    },
  };
}
