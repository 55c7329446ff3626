// A loss by its kernel: tiles of rows in parallel, summed in a fixed order.
#pragma once

#include <vector>

#include "loss/convex_loss.h"
#include "loss/kernel.h"
#include "samples/reduction.h"

namespace gnvpro {

class KernelLoss : public ConvexLoss {
 public:
  KernelLoss(const Problem& problem, const Tiling& tiling, Pool& pool);

  int64_t curvatureColumns() const override { return kernel_.curvatureColumns(problem_.targets); }
  double evaluate(const double* S, double* G, double* curvature, const Cancel& cancel) override;
  void curve(int64_t rows, const double* curvature, const double* V, double* out) const override {
    kernel_.curve(problem_.targets, rows, curvature, V, out);
  }
  void entries(int64_t rows, const double* curvature, int64_t j, int64_t k, double* out,
               int64_t stride) const override {
    kernel_.entries(problem_.targets, rows, curvature, j, k, out, stride);
  }
  int64_t memoryBytes() const override;

 private:
  const Problem& problem_;
  const LossKernel& kernel_;
  Reduction loss_;
  std::vector<std::vector<double>> scratch_;  // by worker
};

}  // namespace gnvpro
