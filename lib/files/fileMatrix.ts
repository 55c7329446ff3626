/** @file Matrices that stay in their .npy file: what of it, and what becomes of its numbers on the way. */
import { oneHotRows, smoothLabels, toShares } from '../data/classes.js';
import { applyScaling } from '../data/scaling.js';
import type { Conversion, StoredMatrix } from '../data/stored.js';
import { checkNumber, checkOptions, invalid } from '../validate/check.js';
import { type ColumnChoice, chooseColumns } from './columns.js';
import { NpyFile } from './npyFile.js';
import { checkPath } from './path.js';
import { numbersOfRows, type RowSet, rowOf, takenRows } from './rowSet.js';

export interface FromFileOptions {
  /** Rows [first, end) of the file. Default: all. */
  readonly rows?: readonly [first: number, end: number];
  /** Columns in this order: numbers from 0, or ranges [first, end). Default: all. */
  readonly columns?: readonly Exclude<ColumnChoice, string>[];
  /** What every number is multiplied by: 1/255 makes shares of the bytes of images. Default: 1. */
  readonly scale?: number;
}

/**
 * A matrix in a `.npy` file of rows one after the other, for data that are larger than memory: `train`, `predict` and
 * `evaluate` read it some rows at a time. The file is looked at now; whoever reads it when it has changed or gone gets
 * ERR_DATA_FILE.
 *
 * @throws GnvproError ERR_DATA_FILE for a file that cannot be read, is malformed, or in Fortran order; ERR_OPTION
 */
export function fromFile(path: string | URL, options: FromFileOptions = {}): FileMatrix {
  checkOptions(options, ['rows', 'columns', 'scale'], 'fromFile');
  const file = new NpyFile(checkPath(path));
  const { rows, columns, scale = 1 } = options;
  checkNumber(scale, 'scale');
  return new FileMatrix(file, readRows(rows, file), {
    ...asStored,
    columns: readColumns(columns, file),
    factor: scale,
  });
}

function readRows(rows: FromFileOptions['rows'], { rows: count, path }: NpyFile): RowSet {
  if (rows === undefined) return { first: 0, count, list: null };
  const isRange = Array.isArray(rows) && rows.length === 2 && rows.every(Number.isInteger);
  if (!isRange || !(0 <= rows[0] && rows[0] < rows[1] && rows[1] <= count))
    throw invalid(`[first, end) inside of its ${count} rows`, `rows of ${path}`, rows);
  return { first: rows[0], count: rows[1] - rows[0], list: null };
}

function readColumns(columns: FromFileOptions['columns'], { cols, path }: NpyFile): Int32Array | null {
  if (columns === undefined) return null;
  if (!Array.isArray(columns)) throw invalid('an array', `columns of ${path}`, columns);
  const { ranges } = chooseColumns(columns, cols, null, path);
  return Int32Array.from(ranges.flatMap(([first, end]) => Array.from({ length: end - first }, (_, j) => first + j)));
}

const asStored: Conversion = {
  columns: null,
  factor: 1,
  classes: null,
  areShares: false,
  scaling: null,
  unit: 1,
  smoothing: 0,
};

/** Rows of a file with what becomes of them. It holds no descriptor: the file is opened whenever rows are read. */
export class FileMatrix implements StoredMatrix {
  readonly shape: readonly [rows: number, cols: number];

  /** @internal `fromFile` makes them. */
  constructor(
    /** @internal */
    readonly file: NpyFile,
    /** @internal */
    readonly rows: RowSet,
    /** @internal */
    readonly conversion: Conversion,
  ) {
    const { columns, classes } = conversion;
    this.shape = [rows.count, classes?.length ?? columns?.length ?? file.cols];
  }

  get path(): string {
    return this.file.path;
  }

  /** Rows begin … end − 1, row-major. Throws ERR_DATA_FILE, ERR_NONFINITE, and ERR_LABEL for a label that is no class. */
  read(begin: number, end: number): Float64Array {
    const { columns, factor, classes, areShares, scaling, unit, smoothing } = this.conversion;
    const stored = numbersOfRows(this.file, this.rows, columns, begin, end);
    if (factor !== 1) for (let i = 0; i < stored.length; i++) stored[i] *= factor;
    const place = (n: number) => `row ${rowOf(this.rows, begin + n)} of ${this.path}`;
    const numbers = classes === null ? stored : oneHotRows(stored, classes, place);
    if (areShares) toShares(numbers, this.shape[1], place);
    if (scaling !== null) applyScaling(scaling, numbers);
    if (unit !== 1) for (let i = 0; i < numbers.length; i++) numbers[i] /= unit;
    if (smoothing > 0) smoothLabels(numbers, this.shape[1], smoothing);
    return numbers;
  }

  /** @internal The rows of the given numbers, which must rise, of those here. */
  take(rows: Int32Array): FileMatrix {
    return new FileMatrix(this.file, takenRows(this.rows, rows), this.conversion);
  }

  /** @internal With more that becomes of the numbers. */
  with(more: Partial<Conversion>): FileMatrix {
    return new FileMatrix(this.file, this.rows, { ...this.conversion, ...more });
  }

  /** @internal */
  get fingerprint(): object {
    const { bytes, modified } = this.file;
    return { bytes, modified, ...this.rows, ...this.conversion };
  }

  /** @internal `work` with what the addon needs to read it, while it is open here. */
  open<R>(work: (rows: FileRows) => R): R {
    const { file, rows, conversion, shape } = this;
    const { scaling, classes, ...plain } = conversion;
    return file.use((descriptor) =>
      work({
        descriptor,
        path: file.path,
        dataStart: file.dataStart,
        storage: file.dtype.slice(1),
        fileColumns: file.cols,
        rows: shape[0],
        first: rows.first,
        list: rows.list,
        ...plain,
        classes: classes === null ? null : Float64Array.from(classes, Number),
        shift: scaling === null ? null : Float64Array.from(scaling.shift),
        scale: scaling === null ? null : Float64Array.from(scaling.scale),
      }),
    );
  }
}

/** What native/binding/file_rows.cc reads; it keeps a descriptor of its own. */
export interface FileRows extends Omit<Conversion, 'classes' | 'scaling'> {
  readonly descriptor: number;
  readonly path: string;
  readonly dataStart: number;
  readonly storage: string;
  readonly fileColumns: number;
  readonly rows: number;
  readonly first: number;
  readonly list: Int32Array | null;
  readonly classes: Float64Array | null;
  readonly shift: Float64Array | null;
  readonly scale: Float64Array | null;
}
