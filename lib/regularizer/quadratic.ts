/** @file The form of every regularizer. */

/** ½ (θ − reference)ᵀ A (θ − reference), A symmetric in compressed rows (P + 1 row pointers). */
export interface QuadraticRegularizer {
  readonly rowPointers: Int32Array;
  readonly columns: Int32Array;
  readonly values: Float64Array;
  readonly reference: Float64Array | null;
}
