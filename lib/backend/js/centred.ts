/** @file Rows less their means: the triangle of a linear least-squares problem, and principal components. */
import { columnMoments, type Moments } from '../../data/moments.js';
import { relativeWeights, type SampleWeights, sumOfWeights } from '../../data/weights.js';
import { driveSync } from '../../job/job.js';
import { type Matrix, matrix, transposed } from '../../linalg/matrix.js';
import { householderQr } from '../../linalg/qr.js';
import { unitOf } from '../../linalg/sums.js';
import { svd } from '../../linalg/svd.js';
import type { CentredColumns, CentredQr, PrincipalComponents } from '../backend.js';

interface Rows {
  readonly moments: Moments;
  /** What each column is divided by, powers of two; 0 for a column that becomes 0. */
  readonly units: Float64Array;
  /** Row n of the centred rows. */
  copyTo(target: Float64Array, n: number): void;
}

function centred(samples: number, data: Float64Array, weights: SampleWeights, unitsOf: (m: Moments) => Float64Array) {
  const cols = data.length / samples;
  const moments = driveSync(columnMoments({ data, shape: [samples, cols] }, weights));
  const units = unitsOf(moments);
  const inverse = units.map((unit) => (unit === 0 ? 0 : 1 / unit));
  const mean = moments.mean.map((x, j) => x * inverse[j]);
  const rest = moments.rest.map((x, j) => x * inverse[j]);
  const roots = relativeWeights(weights)?.map(Math.sqrt);
  const copyTo = (target: Float64Array, n: number) => {
    const root = roots === undefined ? 1 : roots[n];
    for (let j = 0; j < cols; j++) target[j] = root * (data[n * cols + j] * inverse[j] - mean[j] - rest[j]);
  };
  return { moments, units, copyTo } satisfies Rows;
}

const deviationUnits = ({ deviation }: Moments) => deviation.map((x) => (x === 0 ? 0 : unitOf(x)));

export function centredQr(samples: number, X: Float64Array, T: Float64Array, weights: SampleWeights): CentredQr {
  const [inputs, targets] = [X, T].map((data) => centred(samples, data, weights, deviationUnits));
  const d = X.length / samples;
  const rows = matrix(samples, d + T.length / samples);
  for (let n = 0; n < samples; n++) {
    const row = rows.data.subarray(n * rows.cols, (n + 1) * rows.cols);
    inputs.copyTo(row.subarray(0, d), n);
    targets.copyTo(row.subarray(d), n);
  }
  return { R: transposed(householderQr(rows).R).data, inputs: columnsOf(inputs), targets: columnsOf(targets) };
}

function columnsOf({ moments: { mean, rest }, units }: Rows): CentredColumns {
  return { mean, rest, unit: units.map((unit) => unit || 1) };
}

/** With X − x̄ = Q R and R = U diag(s) Vᵀ. */
export function principalComponents(
  samples: number,
  X: Float64Array,
  components: number,
  weights: SampleWeights,
): PrincipalComponents {
  const d = X.length / samples;
  const largest = ({ range, deviation }: Moments) =>
    range.reduce((most, x, j) => (deviation[j] === 0 ? most : Math.max(most, x)), 0);
  const { moments, copyTo } = centred(samples, X, weights, (all) => {
    const unit = unitOf(largest(all));
    return all.deviation.map((x) => (x === 0 ? 0 : unit));
  });
  const { mean } = moments;
  const most = largest(moments);
  if (most === Number.POSITIVE_INFINITY)
    return { mean, deviations: Float64Array.of(Number.NaN), Vt: new Float64Array(0) };
  const rows: Matrix = matrix(samples, d);
  for (let n = 0; n < samples; n++) copyTo(rows.data.subarray(n * d, (n + 1) * d), n);
  const { s, V } = svd(rows);
  const scale = 1 / Math.sqrt(sumOfWeights(relativeWeights(weights), samples));
  return {
    mean,
    deviations: s.map((value) => value * scale * unitOf(most)),
    Vt: transposed(V).data.slice(0, components * d),
  };
}
