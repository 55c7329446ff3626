// Logistic loss Σ_j log(1 + exp(s_j)) − c_j s_j: one binary target, or several labels.
#pragma once

#include "loss/rowwise_loss.h"

namespace gnvpro {

/** The curvature is the diagonal of S_n. */
class LogisticLoss : public RowwiseLoss {
 public:
  using RowwiseLoss::RowwiseLoss;

  int64_t curvatureColumns() const override { return targets(); }
  bool isSeparable() const override { return true; }
  bool sumsToZero() const override { return false; }
  void curve(int64_t rows, const double* curvature, const double* V, double* out) const override;
  void entries(int64_t rows, const double* curvature, int64_t j, int64_t k, double* out, int64_t stride) const override;

 protected:
  double evaluateRows(const Rows& rows) const override;
};

}  // namespace gnvpro
