// The projection for least squares: W(θ) = argmin 1/(2N) ‖Z̃Wᵀ − C‖² + ½ α_W ‖W‖² (Golub & Pereyra 1973).
#pragma once

#include <cstdint>
#include <vector>

#include "program/executor.h"
#include "varpro/group_sums.h"
#include "varpro/problem.h"
#include "varpro/tall_qr.h"

namespace gnvpro {

/** What the projection gives at one point. */
struct Projected {
  std::vector<double> W;  // t × m
  std::vector<double> R;  // N × t: Z̃Wᵀ − C
  /**
   * N × m and m × m (row-major) with Z̃/√N = U diag(s) Vᵀ: B = U diag(s/√(s² + α_W)), T = V diag(1/√(s² + α_W)),
   * up to one rotation of the columns of both. So BBᵀ is the hat matrix Q₁Q₁ᵀ, TTᵀ = G⁻¹, Wᵀ = T Bᵀ C/√N.
   */
  std::vector<double> B;
  std::vector<double> T;
  double loss = 0;            // 1/(2N) ‖R‖²
  double regularization = 0;  // ½ α_W ‖W‖²
  int64_t rank = 0;           // of the problem: m for α_W > 0, the numerical rank of Z̃ for α_W = 0
};

/**
 * For α_W > 0 the QR of [Z̃/√N ; √α_W I] gives B and T = R⁻¹ at once. For α_W = 0 the SVD of R drops singular values
 * below eps · max(N, m) · s₁: W is then the solution of least norm and G⁻¹ the pseudo-inverse.
 */
class Projection {
 public:
  Projection(const Problem& problem, const Tiling& tiling, Pool& pool, const Poll& poll);

  /** False, with `out` unusable, where the features or the solution are not finite. */
  bool solve(const double* Z, Projected& out, const Cancel& cancel);

  int64_t memoryBytes() const { return qr_.memoryBytes(); }

 private:
  bool allFinite(const double* Z);
  void invertTriangle(Projected& out);
  bool truncatedSvd(Projected& out);
  void solveForW(Projected& out);
  void residual(const double* Z, Projected& out);

  const Problem& problem_;
  const Tiling& tiling_;
  Pool& pool_;
  TallQr qr_;
  GroupSums coefficientSums_;         // m × t
  std::vector<double> coefficients_;  // m × t
  std::vector<double> losses_;        // by group
  std::vector<double> biases_;        // t
  std::vector<double> top_;           // m × m column-major: what Q₁ is applied to
  std::vector<char> finite_;          // by group
};

}  // namespace gnvpro
