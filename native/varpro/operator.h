// The reduced Gauss–Newton operator, matrix-free: two passes of the network a product.
#pragma once

#include <cstdint>
#include <vector>

#include "program/executor.h"
#include "varpro/group_sums.h"
#include "varpro/point.h"
#include "varpro/problem.h"
#include "varpro/stopwatch.h"

namespace gnvpro {

/**
 * J is the derivative along θ of the stack [R/√N ; √α_W Wᵀ] with W = W(θ). With D = dZ̃ along δθ,
 *   J δθ = P⊥(Z_a) [D/√N ; 0] Wᵀ − (Z_a⁺)ᵀ DᵀR/N,    Z_a = [Z̃/√N ; √α_W I].
 * The first part alone is Kaufman's Jacobian; the parts are orthogonal, so that H = JᵀJ is the sum of
 *   (D − BBᵀD) WᵀW/N   and   R (DᵀR)ᵀ G⁻¹/N²   as cotangents of Z.
 * Kaufman's product touches no N × t array.
 */
class ReducedOperator {
 public:
  ReducedOperator(const Problem& problem, const Program& jvp, const Program& vjp, const Tiling& tiling, Pool& pool,
                  Stopwatch& stopwatch, const Poll& poll);

  /** To be called whenever another point becomes the current one; all or nothing. */
  void setPoint(const Point* point);

  /** ∇φ: one vjp with the cotangent R W/N (exact, since W is optimal), plus the regulariser's. */
  void gradient(double* g, const Cancel& cancel);

  /** H v, the regulariser included. */
  void product(const double* v, double* Hv, const Cancel& cancel);

  /** J v, (N + m) × t row-major, and Jᵀ u for such a u. For tests: not tuned. */
  std::vector<double> jacobianProduct(const double* v, const Cancel& cancel);
  std::vector<double> jacobianTransposeProduct(const double* u, const Cancel& cancel);

  int64_t memoryBytes() const;

 private:
  void forwardDerivative(const double* v, const Executor::TileHook& after, const Cancel& cancel);
  void pullBack(double* g, const Executor::TileHook& before, const Cancel& cancel);
  void weigh();
  void accumulate(const Tile& tile, int64_t group);
  void combine();
  void fillCotangent(const Tile& tile);
  bool full() const { return problem_.jacobian == Jacobian::golubPereyra; }

  const Problem& problem_;
  const Tiling& tiling_;
  Stopwatch& stopwatch_;
  Executor jvp_, vjp_;
  const Point* point_ = nullptr;
  Bindings forward_, backward_;
  std::vector<double> D_, U_;         // N × w: tangent of Z, cotangent of Z
  GroupSums hatSums_, residualSums_;  // BᵀD m × w, DᵀR w × t
  std::vector<double> BtD_, DtR_;
  bool weighed_ = false;          // M_ and Ginverse_ are those of the point
  std::vector<double> M_;         // WᵀW/N, w × w
  std::vector<double> E_;         // BᵀD WᵀW/N, m × w
  std::vector<double> F_;         // (DᵀR)ᵀ G⁻¹/N², t × w
  std::vector<double> Ginverse_;  // leading w × w of G⁻¹
};

}  // namespace gnvpro
