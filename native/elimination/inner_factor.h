// The Hessian of the problem for W at one point, H_W = (1/N) Σ_n S_n ⊗ z̃_n z̃_nᵀ + α_W I on the row-major vec(W).
#pragma once

#include "parallel/cancel.h"

namespace gnvpro {

/** H_W, factorised when something first asks for it. */
class InnerFactor {
 public:
  virtual ~InnerFactor() = default;

  /** K ← H_W⁻¹ K in place, K t × m; the pseudo-inverse where features are dependent. */
  virtual void solve(double* K, const Cancel& cancel) = 0;
};

}  // namespace gnvpro
