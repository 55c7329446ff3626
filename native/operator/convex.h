// A convex loss: the projection by Newton's method and the reduced Gauss–Newton operator by implicit differentiation.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "assembly/convex_dense.h"
#include "elimination/convex_projection.h"
#include "loss/convex_loss.h"
#include "network/network_derivative.h"
#include "network/programs.h"
#include "operator/objective.h"
#include "problem/problem.h"
#include "samples/reduction.h"
#include "session/stopwatch.h"

namespace gnvpro {

/**
 * With D = dZ along δθ, E = D Wᵀ, k = Σ_n (S_n e_n) z̃_nᵀ/N and q = Σ_n g_n d_nᵀ/N (g_n = ∂ℓ/∂s), ∇_W = 0 gives
 *   dW = −H_W⁻¹ (k + q),   dS = E + Z̃ dWᵀ,
 *   ⟨δθ, H δθ⟩ = ⟨dS, S dS⟩/N + α_W ‖dW‖² = ⟨E, S E⟩/N − kᵀH_W⁻¹k + qᵀH_W⁻¹q.
 * The first two terms are Kaufman's product. J is the derivative of the stack [S ; Wᵀ].
 */
class ConvexObjective : public Objective {
 public:
  ConvexObjective(const Problem& problem, const Programs& programs, const Tiling& tiling, Pool& pool,
                  Stopwatch& stopwatch, const Poll& poll);

  std::unique_ptr<Projected> allocate(const Poll& poll) const override;
  bool project(const double* Z, const double* start, Projected& out, const Cancel& cancel) override;
  void setPoint(const Point* point) override;
  void gradient(double* g, const Cancel& cancel) override { network_.reducedGradient(g, cancel); }
  void product(const double* v, double* Hv, double* slope, const Cancel& cancel) override;
  std::vector<double> jacobianProduct(const double* v, const Cancel& cancel) override;
  std::vector<double> jacobianTransposeProduct(const double* u, const Cancel& cancel) override;
  int64_t assemble(double rankTolerance, std::vector<double>& H, const Cancel& cancel) override;
  std::vector<double> lossGradient() const override { return at().R; }
  bool usesStart() const override { return true; }
  void slope(const double* v, double* out, const Cancel& cancel) override;
  std::vector<double> predict(const std::vector<double>& slope, const Cancel& cancel) override;
  int64_t memoryBytes() const override;

 private:
  void factorize();
  void solve(double* K, const Cancel& cancel);
  void linearize(const double* v, const Cancel& cancel);
  void accumulate(const Tile& tile, const Place& place);
  void fillCotangent(const Tile& tile);
  const ConvexProjected& at() const { return convexOf(*point_); }
  bool full() const { return problem_.jacobian == Jacobian::golubPereyra; }

  const Problem& problem_;
  const Programs& programs_;
  Pool& pool_;
  Stopwatch& stopwatch_;
  std::unique_ptr<ConvexLoss> loss_;
  ConvexProjection projection_;
  NetworkDerivative network_;
  InnerHessian hessian_;  // at the current point, once a product has asked for it
  InnerOperator inner_;
  std::unique_ptr<ConvexDense> assembly_;
  const Point* point_ = nullptr;
  Reduction curvedSums_, slantedSums_;  // k and q, t × m
  std::vector<double> E_, SE_;          // N × t
  std::vector<double> k_, q_;           // t × m
  std::vector<double> X_, Y_;           // H_W⁻¹ k, H_W⁻¹ q
};

}  // namespace gnvpro
