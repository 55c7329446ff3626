/** @file The affine least-squares fit: what any network has to beat. */

import { type BackendName, selectBackend } from '../../backend/select.js';
import { asColumn, asRows, type FlatNumbers } from '../../data/flat.js';
import { type Matrix, type MatrixLike, ownMatrix, toMatrix } from '../../data/matrix.js';
import { readWeights } from '../../data/weights.js';
import { GnvproError } from '../../errors.js';
import { drive } from '../../job/job.js';
import { checkOptions } from '../../validate/check.js';
import { type AffineMap, leastSquaresMap } from './leastSquares.js';

export interface LinearRegression extends AffineMap {
  /** N × d → N × t; the d numbers of one sample will do. */
  predict(inputs: MatrixLike | FlatNumbers): Matrix;
}

export interface LinearRegressionOptions {
  /** Default `native`. */
  readonly backend?: BackendName;
  /** N numbers of at least 0 (default 1 each). */
  readonly sampleWeights?: ArrayLike<number>;
}

/**
 * Fits targets ≈ targetMean + (inputs − inputMean) · map. Where inputs are dependent, the map is of least norm with
 * each input in units of its deviation. Numbers without rows are one column.
 *
 * @throws GnvproError ERR_OPTION, ERR_SHAPE, ERR_NONFINITE, ERR_DETACHED
 */
export async function linearRegression(
  inputs: MatrixLike | FlatNumbers,
  targets: MatrixLike | FlatNumbers,
  options: LinearRegressionOptions = {},
): Promise<LinearRegression> {
  checkOptions(options, ['backend', 'sampleWeights'], 'linearRegression');
  const [X, T] = [ownMatrix(asColumn(inputs, 'inputs'), 'inputs'), ownMatrix(asColumn(targets, 'targets'), 'targets')];
  const [samples, d] = X.shape;
  if (T.shape[0] !== samples) {
    throw new GnvproError(
      'ERR_SHAPE',
      `Expected as many rows of targets as of inputs, ${samples}, but received ${T.shape[0]}.`,
    );
  }
  const weights = readWeights(options.sampleWeights, samples);
  const backend = selectBackend(options.backend ?? 'native');
  const fit = await drive(leastSquaresMap(backend, X.data, T.data, samples, weights));
  return { ...fit, predict: (more) => predict(fit, toMatrix(asRows(more, d, 'inputs'), 'inputs'), d) };
}

function predict({ map, inputMean, targetMean }: AffineMap, { data, shape: [rows, cols] }: Matrix, d: number): Matrix {
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
