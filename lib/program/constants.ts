/** @file The real numbers of a program, kept beside its words or its JSON. */
import { join } from '../linalg/vector.js';

/** The constants of all instructions, one behind the other. */
export class Constants {
  readonly #parts: Float64Array[] = [];
  #length = 0;

  /** Returns where they begin. */
  add(values: Float64Array): number {
    this.#parts.push(values);
    this.#length += values.length;
    return this.#length - values.length;
  }

  all(): Float64Array {
    return join(...this.#parts);
  }
}
