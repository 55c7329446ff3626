/** @file What every call of a model may be given. */
export interface CallOptions {
  /** Cancels the work and rejects with its reason. */
  readonly signal?: AbortSignal;
  /** Results do not depend on it. */
  readonly threads?: number;
}
