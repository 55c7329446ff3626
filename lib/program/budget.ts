/**
 * @file How much a program from a file may ask for. A few bytes can describe matrices and chains of products without
 * end, so a program has to be paid for with the bytes of its file; the bounds lie far above what layers trace to.
 */
import { GnvproError } from '../errors.js';
import { type Op, primitives } from './primitives.js';
import { type Shape, size } from './shape.js';

export interface Limits {
  readonly instructions: number;
  /** Numbers a sample, of all values together. */
  readonly columns: number;
  /** Entries of all computed and constant matrices together. */
  readonly entries: number;
  /** Operations on numbers, a sample and once for all samples. */
  readonly operations: number;
}

/** `bytes`: of the whole file. Networks of hundreds of layers or time steps take a third of this at most. */
export function limitsOf(bytes: number): Limits {
  return {
    instructions: 2 ** 18,
    columns: 2 ** 22 + 2 * bytes,
    entries: 2 ** 26 + 2 * bytes,
    // A weight of a convolution meets a whole image.
    operations: 2 ** 27 + 1024 * bytes,
  };
}

type Counted = { -readonly [key in keyof Limits]: number };

export class Budget {
  readonly #limits: Limits;
  readonly #spent: Counted = { instructions: 0, columns: 0, entries: 0, operations: 0 };

  constructor(limits: Limits) {
    this.#limits = limits;
  }

  /** Counts an instruction; slices of the weights take no memory of their own. Throws ERR_PROGRAM beyond a limit. */
  spend(op: Op, shape: Shape, operands: readonly Shape[], attributes: object = {}): void {
    this.#add('instructions', 1);
    if (primitives[op].memory === false) return;
    this.#add(shape.kind === 'samples' ? 'columns' : 'entries', size(shape));
    this.#add('operations', size(shape) + (primitives[op].flops ?? size)(shape, operands, attributes));
  }

  #add(key: keyof Limits, amount: number): void {
    this.#spent[key] += amount;
    const [spent, limit] = [this.#spent[key], this.#limits[key]];
    if (spent <= limit) return;
    throw new GnvproError(
      'ERR_PROGRAM',
      `Expected a program of at most ${limit} ${key}, for the length of its file, but received ${spent} or more.`,
    );
  }
}
