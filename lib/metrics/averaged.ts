/**
 * @file Probabilities averaged over logits that are normal, by formulas in place of draws: of the sigmoid MacKay's (Neural
 * Computation 4(5), 1992), of softmax the mean field of Lu, Ie & Sha (arXiv 2006.07584, 2020), which takes it pair by pair.
 */
import type { Matrix } from '../data/matrix.js';
import { type InverseLink, sigmoidRows, softmaxRows } from './probabilities.js';

/** Whether the average takes the covariances of the logits of a sample, N × t × t; else their variances, N × t. */
export const takesCovariances: Record<InverseLink, boolean> = { softmax: true, sigmoid: false };

export const averagedLinks: Record<InverseLink, (mean: Matrix, spread: Float64Array) => Matrix> = {
  softmax: averagedSoftmax,
  sigmoid: averagedSigmoid,
};

/** What a difference of logits is divided by, as its variance is this: the sigmoid is nearly a normal distribution function. */
function damping(variance: number): number {
  return Math.sqrt(1 + (Math.PI / 8) * Math.max(0, variance));
}

/** Each entry μ becomes sigmoid(μ/√(1 + π s²/8)). */
export function averagedSigmoid({ data, shape }: Matrix, variance: Float64Array): Matrix {
  return sigmoidRows({ data: data.map((mu, i) => mu / damping(variance[i])), shape });
}

/** Of each row, p_k ∝ 1/Σ_i exp(−(μ_k − μ_i)/√(1 + π s²_ki/8)), s²_ki = S_kk + S_ii − 2 S_ki. Of two classes it is the sigmoid. */
export function averagedSoftmax({ data, shape }: Matrix, covariance: Float64Array): Matrix {
  const [rows, t] = shape;
  const logarithms = new Float64Array(data.length);
  const terms = new Float64Array(t);
  for (let n = 0; n < rows; n++) {
    const S = (k: number, i: number) => covariance[(n * t + k) * t + i];
    for (let k = 0; k < t; k++) {
      for (let i = 0; i < t; i++) {
        terms[i] = (data[n * t + i] - data[n * t + k]) / damping(S(k, k) + S(i, i) - 2 * S(k, i));
      }
      logarithms[n * t + k] = -logSumExp(terms);
    }
  }
  return softmaxRows({ data: logarithms, shape });
}

/** log Σ exp */
function logSumExp(terms: Float64Array): number {
  const most = terms.reduce((max, term) => Math.max(max, term), Number.NEGATIVE_INFINITY);
  return most + Math.log(terms.reduce((sum, term) => sum + Math.exp(term - most), 0));
}
