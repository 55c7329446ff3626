// ½ ‖s − c‖², where it is not projected in closed form.
#pragma once

#include "loss/rowwise_loss.h"

namespace gnvpro {

class SquaredLoss : public RowwiseLoss {
 public:
  using RowwiseLoss::RowwiseLoss;

  int64_t curvatureColumns() const override { return 1; }
  bool isSeparable() const override { return true; }
  bool sumsToZero() const override { return false; }
  void curve(int64_t rows, const double* curvature, const double* V, double* out) const override;
  void entries(int64_t rows, const double* curvature, int64_t j, int64_t k, double* out, int64_t stride) const override;

 protected:
  double evaluateRows(const Rows& rows) const override;
};

}  // namespace gnvpro
