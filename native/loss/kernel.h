// The losses that have loops of their own: the same as their programs say, in less time.
#pragma once

#include <cstdint>
#include <span>

namespace gnvpro {

/** Some rows of S and C. Weights may be null for ones. */
struct LossRows {
  int64_t count;
  int64_t targets;
  const double* S;
  const double* C;
  const double* weights;
  double* G;
  double* curvature;
  double* scratch;  // count × t

  double weight(int64_t n) const { return weights == nullptr ? 1 : weights[n]; }
};

/** The functions are those of ConvexLoss for t targets. */
struct LossKernel {
  const char* name;
  int64_t (*curvatureColumns)(int64_t t);
  /** Σ ω ℓ over the rows; writes G and curvature. */
  double (*evaluate)(const LossRows& rows);
  void (*curve)(int64_t t, int64_t rows, const double* curvature, const double* V, double* out);
  void (*entries)(int64_t t, int64_t rows, const double* curvature, int64_t j, int64_t k, double* out, int64_t stride);
};

extern const LossKernel kSquaredKernel, kLogisticKernel, kSoftmaxKernel;

std::span<const LossKernel* const> lossKernels();

}  // namespace gnvpro
