// Least squares: the closed-form projection and the reduced Gauss–Newton operator, matrix-free or assembled.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "assembly/dense.h"
#include "elimination/projection.h"
#include "network/network_derivative.h"
#include "network/programs.h"
#include "operator/objective.h"
#include "problem/problem.h"
#include "samples/reduction.h"
#include "session/stopwatch.h"

namespace gnvpro {

/**
 * J is the derivative along θ of the stack [R/√N ; √α_W Wᵀ] with W = W(θ). With D = dZ̃ along δθ,
 *   J δθ = P⊥(Z_a) [D/√N ; 0] Wᵀ − (Z_a⁺)ᵀ DᵀR/N,    Z_a = [Z̃/√N ; √α_W I].
 * The first part alone is Kaufman's Jacobian; the parts are orthogonal, so that H = JᵀJ is the sum of
 *   (D − BBᵀD) WᵀW/N   and   R (DᵀR)ᵀ G⁻¹/N²   as cotangents of Z.
 * Kaufman's product touches no N × t array.
 */
class LeastSquares : public Objective {
 public:
  LeastSquares(const Problem& problem, const Programs& programs, const Tiling& tiling, Pool& pool, Stopwatch& stopwatch,
               const Poll& poll);

  std::unique_ptr<Projected> allocate(const Poll& poll) const override;
  bool project(const double* Z, const double* start, Projected& out, const Cancel& cancel) override;
  void setPoint(const Point* point) override;
  void gradient(double* g, const Cancel& cancel) override { network_.reducedGradient(g, cancel); }
  void product(const double* v, double* Hv, double* slope, const Cancel& cancel) override;
  std::vector<double> jacobianProduct(const double* v, const Cancel& cancel) override;
  std::vector<double> jacobianTransposeProduct(const double* u, const Cancel& cancel) override;
  int64_t assemble(double rankTolerance, std::vector<double>& H, const Cancel& cancel) override;
  std::vector<double> lossGradient() const override;
  int64_t memoryBytes() const override;

 private:
  void weigh();
  void accumulate(const Tile& tile, const Place& place);
  void combine();
  void fillCotangent(const Tile& tile);
  const LeastSquaresProjected& at() const { return leastSquaresOf(*point_); }
  bool full() const { return problem_.jacobian == Jacobian::golubPereyra; }

  const Problem& problem_;
  const Programs& programs_;
  Pool& pool_;
  Projection projection_;
  NetworkDerivative network_;
  std::unique_ptr<DenseAssembly> assembly_;
  const Point* point_ = nullptr;
  Reduction hatSums_, residualSums_;  // BᵀD m × w, DᵀR w × t
  std::vector<double> BtD_, DtR_;
  bool weighed_ = false;          // M_ and Ginverse_ are those of the point
  std::vector<double> M_;         // WᵀW/N, w × w
  std::vector<double> E_;         // BᵀD WᵀW/N, m × w
  std::vector<double> F_;         // (DᵀR)ᵀ G⁻¹/N², t × w
  std::vector<double> Ginverse_;  // leading w × w of G⁻¹
};

}  // namespace gnvpro
