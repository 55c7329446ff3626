/** @file The real numbers of a program, kept beside its words or its JSON. */

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
    const values = new Float64Array(this.#length);
    let begin = 0;
    for (const part of this.#parts) {
      values.set(part, begin);
      begin += part.length;
    }
    return values;
  }
}
