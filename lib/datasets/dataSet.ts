/** @file What is known of a data set: whose it is, where it lies, and how it becomes files for training. */
import type { NumberArray } from '../files/numbers.js';

/** A file as its authors published it. */
export interface Original {
  readonly name: string;
  readonly address: string;
  /** Bytes, exact where `sha256` is known, else about. */
  readonly bytes: number;
  /** A digest in lower-case hexadecimal; null where no published one is known. */
  readonly sha256: string | null;
  /** Other names that a copy on disk may have; the first name that exists is taken. */
  readonly alsoNamed?: readonly string[];
}

/** A .npy file made of the originals. */
export interface Output {
  readonly file: string;
  /** The name that NumPy writes, e.g. `<f8`. */
  readonly dtype: string;
  /** A row a sample. */
  readonly shape: readonly [rows: number, cols: number];
  /** What rows and columns are. */
  readonly content: string;
  /** The whole file, in pieces. */
  bytes(): Iterable<Uint8Array>;
}

export interface Conversion {
  readonly outputs: readonly Output[];
  /** What else the originals tell, e.g. the names of the classes. */
  readonly facts?: Readonly<Record<string, unknown>>;
}

export interface DataSet {
  readonly name: string;
  readonly title: string;
  readonly authors: string;
  /** The page where the authors describe it. */
  readonly page: string;
  /** Licence or terms, as far as they are known. */
  readonly terms: string;
  readonly originals: readonly Original[];
  /**
   * Makes the files of the originals, given by their names.
   *
   * @throws GnvproError ERR_DATA_FILE where they are not what is expected, ERR_MEMORY
   */
  convert(paths: Readonly<Record<string, string>>): Promise<Conversion>;
}

/** A matrix in the type of its array, row-major. */
export interface Table {
  readonly data: NumberArray;
  readonly shape: readonly [rows: number, cols: number];
}
