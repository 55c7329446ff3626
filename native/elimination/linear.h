// Least squares: W(θ) = argmin 1/(2N) ‖√Ω(Z̃Wᵀ − C)‖² + ½ α_W ‖W‖² (Golub & Pereyra 1973), Ω the weights of the samples.
#pragma once

#include <cstdint>
#include <vector>

#include "elimination/elimination.h"
#include "linalg/tall_qr.h"
#include "samples/reduction.h"

namespace gnvpro {

/** H_W = I ⊗ G by G⁻¹ = TTᵀ. */
class LinearFactor : public InnerFactor {
 public:
  explicit LinearFactor(const Problem& problem)
      : InnerFactor(problem.targets * problem.basis()), problem_(problem), KT_(order_) {}

  void solve(double* K, const Cancel& cancel) override;
  std::vector<double> leverages(const Cancel& cancel) override;
  double logDeterminant() override;
  double traceOfInverse() override;
  std::vector<double> root() override { return at_->T; }

 private:
  const Problem& problem_;
  std::vector<double> KT_;  // t × m
};

/**
 * For α_W > 0 the QR of [√ΩZ̃/√N ; √α_W I] gives B and T = R⁻¹ at once. For α_W = 0 the SVD of R drops singular values
 * below eps · max(N, m) · s₁: W is then the solution of least norm and G⁻¹ the pseudo-inverse.
 */
class LinearElimination : public Elimination {
 public:
  LinearElimination(const Problem& problem, ConvexLoss& loss, const Tiling& tiling, Pool& pool, const Poll& poll);

  Eliminated allocate(const Poll& poll) const override;
  bool solve(const double* Z, Eliminated& at, const Cancel& cancel) override;
  InnerFactor* factor() override { return &factor_; }
  int64_t memoryBytes() const override;

 private:
  void invertTriangle(Eliminated& out);
  bool truncatedSvd(Eliminated& out);
  void solveForW(Eliminated& out);
  void residual(const double* Z, Eliminated& out);

  void scaleRows(const Tile& tile, int64_t columns, double* rows) const;

  std::vector<double> roots_;  // √ω, or empty
  TallQr qr_;
  LinearFactor factor_;
  Reduction coefficientSums_;         // m × t
  std::vector<double> coefficients_;  // m × t
  Reduction losses_;
  std::vector<double> biases_;  // t
  std::vector<double> top_;     // m × m column-major: what Q₁ is applied to
};

}  // namespace gnvpro
