// A convex loss on the training data: values, gradients and Hessians by sample, with the weights of the samples.
#pragma once

#include <cstdint>
#include <memory>

#include "parallel/cancel.h"
#include "parallel/pool.h"
#include "problem/problem.h"
#include "samples/tiling.h"

namespace gnvpro {

/** S is N × t. What the Hessians S_n = ω_n ∂²ℓ/∂s² need is kept in `curvature`, N × curvatureColumns(). */
class ConvexLoss {
 public:
  virtual ~ConvexLoss() = default;

  virtual int64_t curvatureColumns() const = 0;
  /** (1/N) Σ ω_n ℓ(s_n, c_n), with ω_n ∂ℓ/∂s by row into G (N × t), and the curvature. */
  virtual double evaluate(const double* S, double* G, double* curvature, const Cancel& cancel) = 0;

  /** Row n of `out` is S_n v_n, for a few rows of V and of the curvature; `out` may be V. */
  virtual void curve(int64_t rows, const double* curvature, const double* V, double* out) const = 0;
  /** The entries (j, k) of S_n, every `stride` doubles. */
  virtual void entries(int64_t rows, const double* curvature, int64_t j, int64_t k, double* out,
                       int64_t stride) const = 0;

  virtual int64_t memoryBytes() const = 0;
};

std::unique_ptr<ConvexLoss> makeConvexLoss(const Problem& problem, const Tiling& tiling, Pool& pool, const Poll& poll);

}  // namespace gnvpro
