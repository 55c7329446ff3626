/** @file Banded matrices and their LU factorisation by LAPACK (dgbtrf, dgbtrs). */
import { loadNative, type NativeBandedLU } from '../binding.js';

/** A square banded matrix in LAPACK band storage, with the kl extra rows on top that the factorisation fills in. */
export class BandedMatrix {
  /** (2 kl + ku + 1) × n, column-major: entry (i, j) is at row kl + ku + i − j of column j. */
  readonly ab: Float64Array;

  /**
   * @param n order
   * @param kl subdiagonals
   * @param ku superdiagonals
   */
  constructor(
    readonly n: number,
    readonly kl: number,
    readonly ku: number,
  ) {
    this.ab = new Float64Array((2 * kl + ku + 1) * n);
  }

  /** Adds `value` to entry (row, column), which must lie in the band. */
  add(row: number, column: number, value: number): void {
    const { n, kl, ku } = this;
    const inside = row >= 0 && column >= 0 && row < n && column < n && row - column <= kl && column - row <= ku;
    if (!inside) throw new RangeError(`Expected an entry in the band but received (${row}, ${column}).`);
    this.ab[column * (2 * kl + ku + 1) + kl + ku + row - column] += value;
  }
}

/**
 * PA = LU of a banded matrix, computed once at construction, here and now: about 2 n kl (kl + ku) operations.
 * Several solves may run at the same time.
 */
export class BandedLU {
  readonly n: number;
  readonly #handle: NativeBandedLU;

  /**
   * @throws TypeError ERR_ARGUMENT for sizes that do not fit
   * @throws Error ERR_NONFINITE for NaN or infinite entries
   * @throws Error ERR_LAPACK, with `routine` and `info`, when the matrix is singular
   */
  constructor({ n, kl, ku, ab }: { n: number; kl: number; ku: number; ab: Float64Array }) {
    this.n = n;
    this.#handle = new (loadNative().BandedLU)(n, kl, ku, ab);
  }

  /**
   * Solves A X = B off the main thread.
   *
   * @param rhs n × any number of columns, column-major; it is copied before this returns and stays as it is
   * @returns X, laid out as `rhs`; rejects with ERR_ARGUMENT, ERR_DISPOSED
   */
  async solve(rhs: Float64Array): Promise<Float64Array> {
    return this.#handle.solve(rhs);
  }

  /** What `solve` does, on the calling thread. */
  solveSync(rhs: Float64Array): Float64Array {
    return this.#handle.solveSync(rhs);
  }

  /** Frees the factor as soon as the solves that run have ended. Further solves fail with ERR_DISPOSED. */
  dispose(): void {
    this.#handle.dispose();
  }

  [Symbol.dispose](): void {
    this.dispose();
  }
}
