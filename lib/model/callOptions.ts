/** @file What every call of a model may be given. */
export interface CallOptions {
  /** Cancels the work and rejects with its reason. */
  readonly signal?: AbortSignal;
  /** Results do not depend on it. */
  readonly threads?: number;
}

/** Where what is said of inputs from a file goes, in place of memory. */
export interface ToFile {
  /** A `.npy` file, written all or nothing. */
  readonly to: string | URL;
}
