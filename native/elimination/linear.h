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
 * W and T by the QR of [√ΩZ̃/√N ; √α_W I]: T = R⁻¹. For α_W = 0, or below what rounding leaves of it, the SVD of R drops
 * singular values below eps · max(N, m) · s₁: W is then the solution of least norm and G⁻¹ the pseudo-inverse.
 */
class LinearElimination : public Elimination {
 public:
  LinearElimination(const Problem& problem, ConvexLoss& loss, const Tiling& tiling, Pool& pool, const Poll& poll);

  bool solve(const Features& features, Eliminated& at, const Cancel& cancel) override;
  InnerFactor* factor() override { return &factor_; }
  int64_t memoryBytes() const override;

 private:
  bool invertTriangle(Eliminated& out) const;
  bool truncatedSvd(Eliminated& out) const;
  double relativeRounding() const;
  void solveForW(const double* K, Eliminated& out) const;
  bool factorize(const Features& features, const Cancel& cancel);
  void orthonormalize(const Features& features, Eliminated& out, const Cancel& cancel);
  void residual(const Features& features, Eliminated& out, const Cancel& cancel);

  std::vector<double> roots_;  // √ω, or empty
  TallQr qr_;
  LinearFactor factor_;
  Reduction gramSums_;  // m × m
  Reduction losses_, defects_;
  TileBuffers<double> tileB_, tileR_;
};

}  // namespace gnvpro
