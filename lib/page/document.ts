/** @file What a report page shows, as plain data: filled by the commands, drawn by renderReport(). */
import type { Coverage } from '../metrics/coverage.js';
import type { Bar } from '../metrics/histogram.js';
import type { ReliabilityBin } from '../metrics/reliability.js';
import type { IterationRecord } from '../report/report.js';

/** Numbers may be NaN or infinite where a computation went wrong; what cannot be drawn is left out. */
export interface ReportDocument {
  readonly title: string;
  /** Paragraphs in plain words, the result first. */
  readonly summary: readonly string[];
  /** Machine, versions, backend, BLAS, threads, date, command. */
  readonly facts: readonly Fact[];
  /** Shown as JSON. */
  readonly options: unknown;
  /** The metric of validation and test, e.g. "mean relative error". */
  readonly metric: { readonly label: string };
  /** One for each method and seed. Methods are drawn in the order of their first trace. */
  readonly traces: readonly Trace[];
  readonly timings: readonly Timing[];
  /** What the seconds of the timings are, e.g. "means over the seeds". */
  readonly timingNote?: string;
  readonly table: ResultTable | null;
  /** What `optimizer: 'auto'` took. */
  readonly choice: { readonly took: string; readonly why: string } | null;
  readonly outputs: Outputs | null;
  readonly calibration: Calibration | null;
  readonly fields: readonly Field[];
  readonly confusion: Confusion | null;
  readonly reliability: Reliability | null;
  readonly map: SegmentationMap | null;
  readonly images: ImageSamples | null;
  readonly kernels: Kernels | null;
  /** Sentences on what is missing on the page, and why. */
  readonly missing: readonly string[];
}

export interface Fact {
  readonly label: string;
  readonly value: string;
}

export interface Trace {
  readonly method: string;
  readonly seed: number;
  readonly points: readonly TracePoint[];
}

/** Validation is null where it was not measured. The start is accepted. */
export type TracePoint = Pick<
  IterationRecord,
  'workUnits' | 'seconds' | 'objective' | 'gradientNorm' | 'validation' | 'accepted'
> & {
  readonly evidence?: IterationRecord['evidence'];
  /** Whether objective and gradient are of some of the samples, and compare with no others. */
  readonly isOfBatch?: boolean;
};

/** Seconds of a method. */
export interface Timing {
  readonly method: string;
  readonly network: number;
  readonly projection: number;
  readonly krylov: number;
  readonly dense: number;
  readonly other: number;
}

export interface ResultTable {
  readonly columns: readonly string[];
  readonly rows: readonly (readonly string[])[];
  readonly notes: readonly string[];
}

export interface Outputs {
  readonly title: string;
  /** What the errors of an output are. */
  readonly columns: readonly string[];
  readonly each: readonly Output[];
  readonly notes: readonly string[];
}

export interface Output {
  readonly name: string;
  /** The unit of the values; empty where there is none. */
  readonly unit: string;
  readonly errors: readonly string[];
  /** Points, of all outputs at most some 5,000: the caller thins them. */
  readonly points: readonly (readonly [truth: number, predicted: number])[];
  /** Error bars of some of them, predictions ± 1.96 total standard deviations; thinned, too. */
  readonly bars?: readonly (readonly [truth: number, low: number, high: number])[];
}

/** Whether error bars are true: standardized residuals, of all outputs together. */
export interface Calibration {
  /** Which samples, as "20 test samples". */
  readonly of: string;
  readonly samples: number;
  /** How many residuals are finite. */
  readonly values: number;
  readonly mean: number;
  readonly standardDeviation: number;
  readonly bars: readonly Bar[];
  /** How many lie beyond the outermost bars, which hold them. */
  readonly beyond: number;
  /** What the table tells. */
  readonly coverage: readonly Coverage[];
  /** What is drawn, by level. */
  readonly curve: readonly Coverage[];
  readonly notes: readonly string[];
}

/** rows × columns values, row-major, the first row on top. One row or one column is drawn as a curve. */
export interface Field {
  readonly title: string;
  readonly rows: number;
  readonly columns: number;
  readonly truth: readonly number[];
  readonly predicted: readonly number[];
  readonly unit: string;
}

export interface Confusion {
  readonly classes: readonly string[];
  /** counts[i][j]: samples of class i that are predicted as j. */
  readonly counts: readonly (readonly number[])[];
}

/** Whether probabilities of classes are true: how probable the top class was, and how often it was the true one. */
export interface Reliability {
  /** Which samples, as "20 test samples". */
  readonly of: string;
  readonly bins: readonly ReliabilityBin[];
  /** The expected calibration error. */
  readonly error: number;
  readonly notes: readonly string[];
}

/** height × width numbers of classes, row-major, from 0; −1 where there is none. */
export interface SegmentationMap {
  readonly width: number;
  readonly height: number;
  readonly classes: readonly string[];
  readonly truth: readonly number[];
  readonly predicted: readonly number[];
}

/** Some images that a model was judged on, each with what it says of them. */
export interface ImageSamples {
  /** Which samples, as "20 test samples". */
  readonly of: string;
  readonly height: number;
  readonly width: number;
  /** 1, grey, or 3: red, green, blue. */
  readonly channels: 1 | 3;
  /** Values that are drawn black and full. */
  readonly range: readonly [low: number, high: number];
  readonly groups: readonly ImageGroup[];
  readonly notes: readonly string[];
}

/** Images that have in common how well the model did, e.g. "Wrong: 12 of 300". */
export interface ImageGroup {
  readonly title: string;
  /** Whether they are marked as errors. */
  readonly isWrong: boolean;
  readonly each: readonly ImageSample[];
}

export interface ImageSample {
  /** Its row, from 0, among the samples. */
  readonly number: number;
  /** height × width × channels, pixel by pixel. */
  readonly pixels: ArrayLike<number>;
  readonly predicted: string;
  readonly truth: string;
}

/** Filters of a convolution layer, drawn round zero. */
export interface Kernels {
  /** The layer, as "conv2d(8)". */
  readonly layer: string;
  readonly height: number;
  readonly width: number;
  /** 1: a colour for each sign; 3: red, green, blue round grey. */
  readonly channels: 1 | 3;
  /** The largest absolute value of all. */
  readonly most: number;
  /** Values height × width × channels, pixel by pixel. */
  readonly each: readonly { readonly name: string; readonly values: ArrayLike<number> }[];
  readonly notes: readonly string[];
}
