// The objective in θ and W together, Φ(θ, W): nothing is projected out, W is given.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "elimination/convex_projection.h"
#include "loss/convex_loss.h"
#include "network/network_derivative.h"
#include "network/programs.h"
#include "operator/biased.h"
#include "operator/objective.h"
#include "problem/problem.h"
#include "samples/reduction.h"
#include "session/stopwatch.h"

namespace gnvpro {

/**
 * Vectors are [θ ; vec W], W row-major. With D = dZ along δθ the Gauss–Newton product is ⟨dS, S dS⟩/N + α_W ‖δW‖² + the
 * regulariser of θ for dS = D Wᵀ + Z̃ δWᵀ. J is the derivative of the stack [S ; Wᵀ].
 */
class JointObjective : public Objective {
 public:
  JointObjective(const Problem& problem, const Programs& programs, const Tiling& tiling, Pool& pool,
                 Stopwatch& stopwatch, const Poll& poll);

  std::unique_ptr<Projected> allocate(const Poll& poll) const override;
  bool project(const double* Z, const double* W, Projected& out, const Cancel& cancel) override;
  void setPoint(const Point* point) override;
  void gradient(double* g, const Cancel& cancel) override;
  void product(const double* v, double* Hv, double* slope, const Cancel& cancel) override;
  std::vector<double> jacobianProduct(const double* v, const Cancel& cancel) override;
  std::vector<double> jacobianTransposeProduct(const double* u, const Cancel& cancel) override;
  int64_t assemble(double rankTolerance, std::vector<double>& H, const Cancel& cancel) override;
  std::vector<double> lossGradient() const override { return at().R; }
  int64_t memoryBytes() const override;

 private:
  void linearize(const double* v, const Executor::TileHook& after, const Cancel& cancel);
  const ConvexProjected& at() const { return convexOf(*point_); }

  const Problem& problem_;
  const Tiling& tiling_;
  Pool& pool_;
  std::unique_ptr<ConvexLoss> loss_;
  NetworkDerivative network_;
  const Point* point_ = nullptr;
  FeatureSums sums_;
  Reduction curvedSums_;   // of S_n ds_n z̃_nᵀ, t × m
  std::vector<double> E_;  // N × t: dS, then S_n ds_n
};

}  // namespace gnvpro
