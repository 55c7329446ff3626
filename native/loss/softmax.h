// Softmax cross entropy ℓ(s, c) = (Σ c_j) log Σ exp(s_j) − cᵀs.
#pragma once

#include "loss/rowwise_loss.h"

namespace gnvpro {

/** The curvature is p_n and then T_n = ω_n Σ_j c_nj: S_n = T_n (diag(p_n) − p_n p_nᵀ). */
class SoftmaxLoss : public RowwiseLoss {
 public:
  using RowwiseLoss::RowwiseLoss;

  int64_t curvatureColumns() const override { return targets() + 1; }
  bool isSeparable() const override { return false; }
  bool sumsToZero() const override { return true; }
  void curve(int64_t rows, const double* curvature, const double* V, double* out) const override;
  void entries(int64_t rows, const double* curvature, int64_t j, int64_t k, double* out, int64_t stride) const override;

 protected:
  double evaluateRows(const Rows& rows) const override;
};

}  // namespace gnvpro
