/** @file What is told of the evidence. */

/** What `regularization: 'evidence'` knows at an iteration, in units of the scaled targets. */
export interface EvidenceRecord {
  /** α_θ of each layer. */
  readonly alphaTheta: readonly number[];
  readonly alphaW: number;
  /** σ: the standard deviation of the noise, shared by the outputs; null for other losses than least squares. */
  readonly noise: number | null;
  /** γ: how many weights of θ and of W the data determine; null before the first estimate. */
  readonly gammaTheta: number | null;
  readonly gammaW: number | null;
  /** The logarithm of the density of the targets, at the last estimate, before it changed the numbers above. */
  readonly logEvidence: number | null;
}
