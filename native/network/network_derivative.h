// The derivative of the features along θ and its transpose, at the current point.
#pragma once

#include <cstdint>
#include <vector>

#include "network/point.h"
#include "problem/problem.h"
#include "program/executor.h"
#include "session/stopwatch.h"

namespace gnvpro {

/** Row factors √ω for weighted least squares, or empty for ones: D is then the derivative of diag(√ω) Z. */
using RowFactors = std::vector<double>;

class NetworkDerivative {
 public:
  NetworkDerivative(const Problem& problem, const Program& jvp, const Program& vjp, const Tiling& tiling, Pool& pool,
                    Stopwatch& stopwatch, const Poll& poll);

  /** All or nothing. */
  void setPoint(const Point* point);
  void setRowFactors(const RowFactors* factors) { factors_ = factors; }

  /** D = dZ along v, N × w; `after` may read the tile's rows of it. */
  void forward(const double* v, const Executor::TileHook& after, const Cancel& cancel);
  /** g = Σ_n (∂z_n/∂θ)ᵀ u_n of the cotangent U; `before` may fill the tile's rows of it. */
  void backward(double* g, const Executor::TileHook& before, const Cancel& cancel);

  /**
   * ∇φ = Σ_n (∂z_n/∂θ)ᵀ Wᵀ r_n/N + A (θ − reference), r_n = ∂ℓ/∂s_n: the same for every loss, since W is optimal and
   * its own derivative drops out.
   */
  void reducedGradient(double* g, const Cancel& cancel);

  double* D() { return D_.data(); }
  double* U() { return U_.data(); }

  int64_t memoryBytes() const;

 private:
  void scaleRows(double* rows, const Tile& tile) const;

  const Problem& problem_;
  const Point* point_ = nullptr;
  Stopwatch& stopwatch_;
  Executor jvp_, vjp_;
  const RowFactors* factors_ = nullptr;
  Bindings forward_, backward_;
  std::vector<double> D_, U_;  // N × w
};

}  // namespace gnvpro
