// The Hessian of the problem for W at one point, H_W = (1/N) Σ_n S_n ⊗ z̃_n z̃_nᵀ + α_W I on the row-major vec(W).
#pragma once

#include <cstdint>
#include <vector>

#include "parallel/cancel.h"

namespace gnvpro {

/** H_W of order tm, factorised when something first asks for it; where features are dependent, its pseudo-inverse. */
class InnerFactor {
 public:
  virtual ~InnerFactor() = default;

  /** K ← H_W⁻¹ K in place, K t × m. */
  virtual void solve(double* K, const Cancel& cancel) = 0;
  /** H_W⁻¹, by solves. */
  std::vector<double> inverse(const Cancel& cancel);
  /** tr(S_n (I ⊗ z̃_n)ᵀ H_W⁻¹ (I ⊗ z̃_n))/N by sample: their sum is the number of weights that the data determine. */
  virtual std::vector<double> leverages(const Cancel& cancel) = 0;
  /** log det H_W, over the directions that are not left out; NaN where H_W is too large for a factor. */
  virtual double logDeterminant() = 0;

 protected:
  explicit InnerFactor(int64_t order) : order_(order) {}

  int64_t order_;
};

}  // namespace gnvpro
