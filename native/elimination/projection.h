// The projection for least squares: W(θ) = argmin 1/(2N) ‖Z̃Wᵀ − C‖² + ½ α_W ‖W‖² (Golub & Pereyra 1973).
#pragma once

#include <cstdint>
#include <vector>

#include "linalg/tall_qr.h"
#include "network/network_derivative.h"
#include "network/point.h"
#include "problem/problem.h"
#include "samples/reduction.h"

namespace gnvpro {

/** In least squares R = Z̃Wᵀ − C; with weights of the samples the rows of Z̃, C and R are all times their roots. */
struct LeastSquaresProjected : Projected {
  /**
   * N × m and m × m (row-major) with Z̃/√N = U diag(s) Vᵀ: B = U diag(s/√(s² + α_W)), T = V diag(1/√(s² + α_W)),
   * up to one rotation of the columns of both. So BBᵀ is the hat matrix Q₁Q₁ᵀ, TTᵀ = G⁻¹, Wᵀ = T Bᵀ C/√N.
   */
  std::vector<double> B;
  std::vector<double> T;

  int64_t doubles() const override { return Projected::doubles() + static_cast<int64_t>(B.size() + T.size()); }
};

inline const LeastSquaresProjected& leastSquaresOf(const Point& point) {
  return static_cast<const LeastSquaresProjected&>(*point.projected);
}

/**
 * For α_W > 0 the QR of [Z̃/√N ; √α_W I] gives B and T = R⁻¹ at once. For α_W = 0 the SVD of R drops singular values
 * below eps · max(N, m) · s₁: W is then the solution of least norm and G⁻¹ the pseudo-inverse.
 */
class Projection {
 public:
  Projection(const Problem& problem, const Tiling& tiling, Pool& pool, const Poll& poll);

  /** False, with `out` unusable, where the features or the solution are not finite. */
  bool solve(const double* Z, LeastSquaresProjected& out, const Cancel& cancel);

  /** √ω, or empty. */
  const RowFactors& rowFactors() const { return rowFactors_; }

  int64_t memoryBytes() const {
    return qr_.memoryBytes() + coefficientSums_.memoryBytes() + 8 * static_cast<int64_t>(weightedTargets_.size());
  }

 private:
  void invertTriangle(LeastSquaresProjected& out);
  bool truncatedSvd(LeastSquaresProjected& out);
  void solveForW(LeastSquaresProjected& out);
  void residual(const double* Z, LeastSquaresProjected& out);

  const double* targets() const;
  void scaleRows(const Tile& tile, double* R) const;

  const Problem& problem_;
  const Tiling& tiling_;
  Pool& pool_;
  RowFactors rowFactors_;
  std::vector<double> weightedTargets_;  // N × t, or empty
  TallQr qr_;
  Reduction coefficientSums_;         // m × t
  std::vector<double> coefficients_;  // m × t
  Reduction losses_;
  std::vector<double> biases_;  // t
  std::vector<double> top_;     // m × m column-major: what Q₁ is applied to
};

}  // namespace gnvpro
