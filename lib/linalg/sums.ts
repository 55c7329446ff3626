/** @file Sums of many numbers of any size: right to rounding, and of squares without overflow or underflow. */

/** A power of two about the size of x whose inverse is exact, too; 1 for what has no size. */
export function unitOf(x: number): number {
  const exponent = Math.floor(Math.log2(Math.abs(x)));
  return Number.isFinite(exponent) ? 2 ** Math.min(1022, Math.max(-1022, exponent)) : 1;
}

/** Several sums side by side, however many terms they have (Kahan, Comm. ACM 8(1), 1965). */
export class CompensatedSums {
  readonly values: Float64Array;
  readonly #lost: Float64Array;

  constructor(count: number) {
    this.values = new Float64Array(count);
    this.#lost = new Float64Array(count);
  }

  add(j: number, value: number): void {
    const before = this.values[j];
    const term = value - this.#lost[j];
    const sum = before + term;
    this.values[j] = sum;
    this.#lost[j] = Number.isFinite(sum) ? sum - before - term : 0;
  }
}

/** Σ w x² as a multiple of the square of a unit, which grows with the largest x. */
export class SquareSum {
  #unit = 0;
  #sum = 0;
  #lost = 0;

  /** Entries begin … end − 1. */
  add(data: ArrayLike<number>, begin: number, end: number, weight = 1): this {
    let largest = 0;
    for (let i = begin; i < end; i++) if (Math.abs(data[i]) > largest) largest = Math.abs(data[i]);
    if (largest > this.#unit) this.#grow(unitOf(largest));
    const factor = this.#unit === 0 ? 1 : 1 / this.#unit;
    for (let i = begin; i < end; i++) this.#add(weight * (factor * data[i]) ** 2);
    return this;
  }

  get isZero(): boolean {
    return this.#sum === 0;
  }

  /** √(Σ w x² / count) */
  rootMean(count: number): number {
    return Math.sqrt(this.#sum / count) * this.#unit;
  }

  /** The quotient of both sums. */
  relativeTo(whole: SquareSum): number {
    return (this.#sum / whole.#sum) * (this.#unit / whole.#unit) ** 2;
  }

  /** The root of the quotient, which has twice the range. */
  rootRelativeTo(whole: SquareSum): number {
    return Math.sqrt(this.#sum / whole.#sum) * (this.#unit / whole.#unit);
  }

  #grow(unit: number): void {
    const factor = (this.#unit / unit) ** 2;
    this.#unit = unit;
    this.#sum *= factor;
    this.#lost *= factor;
  }

  #add(value: number): void {
    const term = value - this.#lost;
    const sum = this.#sum + term;
    this.#lost = Number.isFinite(sum) ? sum - this.#sum - term : 0;
    this.#sum = sum;
  }
}
