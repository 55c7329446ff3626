/** @file The affine least-squares fit: what any network has to beat. */
import { drive } from '../backend/job.js';
import { type BackendName, selectBackend } from '../backend/select.js';
import { asColumn, asRows, type FlatNumbers } from '../data/flat.js';
import { type Matrix, type MatrixLike, ownMatrix, toMatrix } from '../data/matrix.js';
import { GnvproError } from '../errors.js';
import { leastSquaresMap } from '../linalg/leastSquares.js';

export interface LinearRegression {
  /** d × t, row-major */
  readonly map: Float64Array;
  readonly inputMean: Float64Array;
  readonly targetMean: Float64Array;
  /** N × d → N × t; the d numbers of one sample will do. */
  predict(inputs: MatrixLike | FlatNumbers): Matrix;
}

/** Fits targets ≈ mean + (inputs − mean) · map, of least norm where the inputs are dependent. Numbers without rows are one column. */
export async function linearRegression(
  inputs: MatrixLike | FlatNumbers,
  targets: MatrixLike | FlatNumbers,
  options: { backend?: BackendName } = {},
): Promise<LinearRegression> {
  const [X, T] = [ownMatrix(asColumn(inputs, 'inputs'), 'inputs'), ownMatrix(asColumn(targets, 'targets'), 'targets')];
  const [samples, d] = X.shape;
  if (T.shape[0] !== samples) {
    throw new GnvproError(
      'ERR_SHAPE',
      `Expected as many rows of targets as of inputs, ${samples}, but received ${T.shape[0]}.`,
    );
  }
  const fit = await drive(leastSquaresMap(selectBackend(options.backend ?? 'native'), X.data, T.data, samples));
  return { ...fit, predict: (more) => predict(fit, toMatrix(asRows(more, d, 'inputs'), 'inputs'), d) };
}

type Fit = Omit<LinearRegression, 'predict'>;

function predict({ map, inputMean, targetMean }: Fit, { data, shape: [rows, cols] }: Matrix, d: number): Matrix {
  if (cols !== d)
    throw new GnvproError('ERR_SHAPE', `Expected ${d} columns of inputs, as in the fit, but received ${cols}.`);
  const t = targetMean.length;
  const predicted = new Float64Array(rows * t);
  for (let n = 0; n < rows; n++) {
    predicted.set(targetMean, n * t);
    for (let i = 0; i < d; i++) {
      const x = data[n * d + i] - inputMean[i];
      for (let j = 0; j < t; j++) predicted[n * t + j] += x * map[i * t + j];
    }
  }
  return { data: predicted, shape: [rows, t] };
}
