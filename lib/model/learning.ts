/**
 * @file The last layer as samples come and go, as if it had been projected with them: θ, scaling, the noise σ and the
 * prior of W stay (recursive least squares; Björck, Numerical Methods for Least Squares Problems, chapter 3).
 *
 * Σ = RRᵀ = (Z̃ᵀΩZ̃/σ² + a_W I)⁻¹ is the covariance of a row of W. More samples add Z̃ᵀΩZ̃/σ² to its inverse, fewer
 * subtract it: with B = √ΩZ̃R/σ and I ± BᵀB = LLᵀ the root becomes R L⁻ᵀ, and W changes by ±Σ Z̃ᵀΩ(Y − Z̃Wᵀ)/σ², with the new Σ.
 */
import { GnvproError } from '../errors.js';
import { cholesky, lowerInverse } from '../linalg/cholesky.js';
import { product } from '../linalg/matmul.js';
import { addScaled, allFinite, type Matrix, matrix, scaled, scaleRows, withOnes } from '../linalg/matrix.js';
import { join } from '../linalg/vector.js';
import { lastLayerOfMean } from './lastLayerOfMean.js';
import type { ModelParts } from './parts.js';
import { type Posterior, type PosteriorSizes, sizesOf } from './posterior.js';

/** In scaled units. */
export interface LearningSamples {
  /** The features of all members side by side. */
  readonly Z: Matrix;
  /** N × t */
  readonly targets: Matrix;
  readonly weights: Float64Array | null;
}

/** The last layer of a member, and its root. */
interface Member {
  readonly sigma: number;
  /** t × m */
  readonly W: Matrix;
  /** m × m */
  readonly R: Matrix;
  /** N × m */
  readonly Zt: Matrix;
}

/** W and posterior with the samples (`sign` 1) or without them (−1). Throws ERR_STATE where they cannot have been there. */
export function learned(
  parts: ModelParts,
  posterior: Posterior,
  samples: LearningSamples,
  sign: 1 | -1,
): Pick<ModelParts, 'W' | 'posterior'> {
  const members = membersOf(parts, posterior, samples).map((member) => changed(member, samples, sign));
  const Ws = members.map(({ W }) => W.data);
  if (!Ws.every(allFinite)) {
    throw new GnvproError('ERR_NONFINITE', 'Expected samples whose last layer is finite, but these numbers overflow.');
  }
  return {
    W: lastLayerOfMean(Ws, parts.outputs, parts.bias),
    posterior: { ...posterior, W: join(...Ws), roots: join(...members.map(({ R }) => R.data)) },
  };
}

/**
 * What the model would say of each of its training samples had it not seen it, N × t: s + h/(1 − h) (s − y), h being the
 * sample's own share in its prediction. Throws ERR_STATE where the samples cannot have been there.
 */
export function leftOut(parts: ModelParts, posterior: Posterior, samples: LearningSamples): Matrix {
  const { targets, weights } = samples;
  const [N, t] = [targets.rows, targets.cols];
  const mean = matrix(N, t);
  const members = membersOf(parts, posterior, samples);
  for (const { sigma, W, R, Zt } of members) {
    const predicted = product(Zt, W, { tb: true });
    const B = product(Zt, R);
    for (let n = 0; n < N; n++) {
      const row = B.data.subarray(n * B.cols, (n + 1) * B.cols);
      const own = ((weights?.[n] ?? 1) * row.reduce((sum, b) => sum + b * b, 0)) / (sigma * sigma);
      if (!(own < 1)) throw neverThere();
      for (let j = n * t; j < (n + 1) * t; j++) {
        const s = predicted.data[j];
        mean.data[j] += (s + (own / (1 - own)) * (s - targets.data[j])) / members.length;
      }
    }
  }
  return mean;
}

function changed(member: Member, { targets, weights }: LearningSamples, sign: 1 | -1): Member {
  const { sigma, W, R, Zt } = member;
  const weighted = weights === null ? Zt : scaleRows(scaled(Zt, 1), weights);
  const gram = scaled(product(product(R, weighted, { ta: true, tb: true }), product(Zt, R)), sign / (sigma * sigma));
  for (let i = 0; i < R.cols; i++) gram.data[i * (R.cols + 1)] += 1;
  const L = cholesky(gram);
  if (L === null) throw neverThere();
  const root = product(R, lowerInverse(L), { tb: true });
  const residual = addScaled(scaled(targets, 1), -1, product(Zt, W, { tb: true }));
  const pull = product(product(residual, weighted, { ta: true }), product(root, root, { tb: true }));
  return { ...member, W: addScaled(scaled(W, 1), sign / (sigma * sigma), pull), R: root };
}

function membersOf(parts: ModelParts, posterior: Posterior, { Z }: LearningSamples): Member[] {
  const sizes = sizesOf(posterior, parts);
  const { columns: m } = sizes;
  const { outputs: t } = parts;
  return Array.from(posterior.noise, (sigma, k) => ({
    sigma,
    W: matrix(t, m, posterior.W.subarray(k * t * m, (k + 1) * t * m)),
    R: matrix(m, m, posterior.roots.subarray(k * m * m, (k + 1) * m * m)),
    Zt: featuresOf(Z, sizes, k, parts.bias),
  }));
}

/** Z̃ of member k. */
function featuresOf(Z: Matrix, { features: w }: PosteriorSizes, k: number, bias: boolean): Matrix {
  const own = matrix(Z.rows, w);
  for (let n = 0; n < Z.rows; n++) {
    const first = n * Z.cols + k * w;
    own.data.set(Z.data.subarray(first, first + w), n * w);
  }
  return bias ? withOnes(own) : own;
}

function neverThere(): GnvproError {
  return new GnvproError(
    'ERR_STATE',
    'Expected samples that the model has learned from: without these its last layer would not be determined.',
  );
}
