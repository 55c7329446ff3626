/** @file Shapes of the values of a program: matrices with either N (the number of samples) or a fixed number of rows. */

/** One row a sample; N itself stays symbolic. */
export interface SamplesShape {
  readonly kind: 'samples';
  readonly cols: number;
}

/** A parameter, a constant, or a sum over samples. */
export interface FixedShape {
  readonly kind: 'fixed';
  readonly rows: number;
  readonly cols: number;
}

export type Shape = SamplesShape | FixedShape;

/** An array that a program reads or writes, a row for each sample. */
export interface SampleArray {
  readonly name: string;
  readonly cols: number;
}

/** A vector that a program reads or writes in slices. */
export interface FlatVector {
  readonly name: string;
  readonly length: number;
}

/** The inputs of a program. */
export interface Declared {
  readonly sampleInputs: readonly SampleArray[];
  readonly vectorInputs: readonly FlatVector[];
}

export function samples(cols: number): SamplesShape {
  return { kind: 'samples', cols };
}

export function fixed(rows: number, cols: number): FixedShape {
  return { kind: 'fixed', rows, cols };
}

/** Entries of a fixed value, entries a sample of a samples value. */
export function size(shape: Shape): number {
  return shape.kind === 'samples' ? shape.cols : shape.rows * shape.cols;
}

export function sameShape(a: Shape, b: Shape): boolean {
  return a.kind === b.kind && a.cols === b.cols && (a.kind === 'samples' || a.rows === (b as FixedShape).rows);
}

export function showShape(shape: Shape): string {
  return shape.kind === 'samples' ? `N×${shape.cols}` : `${shape.rows}×${shape.cols}`;
}
