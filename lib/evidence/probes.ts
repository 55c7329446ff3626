/**
 * @file Laplace's method by products with H, where that is not assembled: traces by random signs (Hutchinson,
 * Communications in Statistics 18(3), 1989), the inverse and the logarithm by Lanczos' method (Ubaru, Chen & Saad, SIAM
 * J. Matrix Anal. Appl. 38(4), 2017).
 *
 * With D = diag α and H̃ = D^(−½) H D^(−½) = I + data, z of random signs and Q T Qᵀ the Lanczos factorisation of H̃ from z:
 *   diag H ≈ α z ∘ H̃z,   diag H⁻¹ ≈ z ∘ H̃⁻¹z/α,   log |H| ≈ Σ log α + P e₁ᵀ log(T) e₁,
 *   tr H⁻¹(∂H/∂α_W) ≈ ⟨dW(D^(−½)z), dW(D^(−½)H̃⁻¹z)⟩.
 */
import type { Laplace, Point } from '../backend/backend.js';
import { perform, type Steps } from '../job/job.js';
import { symmetricEigen } from '../linalg/eigen.js';
import { matrix } from '../linalg/matrix.js';
import { addScaled, dot, norm } from '../linalg/vector.js';
import { Random } from '../random.js';

/** Vectors of a Lanczos factorisation, at most. */
const mostVectors = 15;
/** It ends where its last vector has so little to do with the solution: of the residual of H̃⁻¹z, relative. */
const usualTolerance = 1e-2;
/** Probes, so that about so many numbers are averaged over, and at most. */
const [leastSigns, mostProbes] = [2000, 4];

/**
 * Vectors of random signs, P each, for a network of P weights: the same at each call, so that estimates at two points
 * differ by what the points do.
 */
export function randomSigns(P: number): Float64Array[] {
  const random = new Random(0);
  const count = P === 0 ? 0 : Math.min(Math.ceil(leastSigns / P), mostProbes);
  return Array.from({ length: count }, () => Float64Array.from({ length: P }, () => (random.uniform() < 0.5 ? -1 : 1)));
}

/**
 * `alphas`: of each weight θ, as the regulariser of the objective has them. Null where H is not positive definite to
 * rounding. Each probe takes at most 15 products, and two derivatives of W.
 */
export function* laplaceByProbes(
  point: Point,
  alphas: Float64Array,
  { probes = randomSigns(alphas.length), tolerance = usualTolerance } = {},
): Steps<Laplace | null> {
  const P = alphas.length;
  const inner = yield* perform(point.innerLaplace());
  const [diagonal, inverseDiagonal] = [new Float64Array(P), new Float64Array(P)];
  let logDeterminant = alphas.reduce((sum, alpha) => sum + Math.log(alpha), 0);
  let slope = 0;
  const roots = alphas.map((alpha) => 1 / Math.sqrt(alpha));
  const share = 1 / probes.length;
  for (const z of probes) {
    const found = yield* lanczos(z, tolerance, function* (v) {
      const Hv = yield* perform(point.hessianProduct(times(v, roots)));
      return times(Hv, roots);
    });
    if (found === null) return null;
    for (let i = 0; i < P; i++) {
      diagonal[i] += share * alphas[i] * z[i] * found.image[i];
      inverseDiagonal[i] += (share * z[i] * found.solution[i]) / alphas[i];
    }
    logDeterminant += share * found.logarithm;
    const along = yield* perform(point.changeOfW(times(z, roots)));
    const back = yield* perform(point.changeOfW(times(found.solution, roots)));
    slope += share * dot(along, back);
  }
  return { diagonal, inverseDiagonal, logDeterminant, slope, ...inner };
}

interface Found {
  /** H̃ z */
  readonly image: Float64Array;
  /** H̃⁻¹ z */
  readonly solution: Float64Array;
  /** zᵀ log(H̃) z */
  readonly logarithm: number;
}

/** From z; each vector is made orthogonal to all before. */
function* lanczos(
  z: Float64Array,
  tolerance: number,
  product: (v: Float64Array) => Steps<Float64Array>,
): Steps<Found | null> {
  const length = norm(z);
  const basis = [z.map((x) => x / length)];
  const [diagonal, below]: [number[], number[]] = [[], []];
  let image: Float64Array | null = null;
  for (;;) {
    const q = basis[basis.length - 1];
    const next = yield* product(q);
    image ??= next.map((x) => length * x);
    diagonal.push(dot(q, next));
    orthogonalise(next, basis);
    const rest = norm(next);
    const found = functionsOf(diagonal, below);
    if (found === null) return null;
    const isLast = basis.length === Math.min(mostVectors, z.length);
    if (isLast || rest * Math.abs(found.inverse[found.inverse.length - 1]) <= tolerance * norm(found.inverse)) {
      const solution = new Float64Array(z.length);
      found.inverse.forEach((y, k) => {
        addScaled(solution, length * y, basis[k]);
      });
      return { image, solution, logarithm: length * length * found.logarithm };
    }
    below.push(rest);
    basis.push(next.map((x) => x / rest));
  }
}

/** Twice is enough. */
function orthogonalise(v: Float64Array, basis: readonly Float64Array[]): void {
  for (let pass = 0; pass < 2; pass++) for (const q of basis) addScaled(v, -dot(q, v), q);
}

/** T⁻¹e₁ and e₁ᵀ log(T) e₁ of a tridiagonal matrix; null where it is not positive definite. */
function functionsOf(diagonal: readonly number[], below: readonly number[]) {
  const n = diagonal.length;
  const T = matrix(n, n);
  diagonal.forEach((value, i) => {
    T.data[i * (n + 1)] = value;
  });
  below.forEach((value, i) => {
    T.data[i * n + i + 1] = T.data[(i + 1) * n + i] = value;
  });
  const { values, vectors } = symmetricEigen(T);
  if (!(values[0] > 0)) return null;
  const inverse = new Float64Array(n);
  let logarithm = 0;
  values.forEach((value, k) => {
    const vector = vectors.data.subarray(k * n, (k + 1) * n);
    addScaled(inverse, vector[0] / value, vector);
    logarithm += vector[0] ** 2 * Math.log(value);
  });
  return { inverse, logarithm };
}

function times(x: Float64Array, y: Float64Array): Float64Array {
  return x.map((value, i) => value * y[i]);
}
