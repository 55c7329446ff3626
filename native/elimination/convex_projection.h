// The projection for a convex loss: W(θ) = argmin (1/N) Σ ℓ(W z̃_n, c_n) + ½ α_W ‖W‖² by Newton's method, α_W > 0.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "elimination/inner_hessian.h"
#include "elimination/inner_operator.h"
#include "loss/convex_loss.h"
#include "network/point.h"
#include "operator/biased.h"
#include "problem/problem.h"

namespace gnvpro {

struct ConvexProjected : Projected {
  std::vector<double> S;          // N × t: Z̃Wᵀ
  std::vector<double> curvature;  // what the loss needs for products with its Hessians

  int64_t doubles() const override { return Projected::doubles() + static_cast<int64_t>(S.size() + curvature.size()); }
};

std::unique_ptr<ConvexProjected> allocateConvex(const Problem& problem, const ConvexLoss& loss, const Poll& poll);

inline const ConvexProjected& convexOf(const Point& point) {
  return static_cast<const ConvexProjected&>(*point.projected);
}

class ConvexProjection {
 public:
  ConvexProjection(const Problem& problem, ConvexLoss& loss, const Tiling& tiling, Pool& pool, const Poll& poll);

  /**
   * From `start` (t × m, or null for zero). `fresh` is a factor of H_W at an earlier point, if there is one: it
   * preconditions the first iterations. False, with `out` unusable, where features, loss or its derivatives are not
   * finite.
   */
  bool solve(const double* Z, const double* start, const InnerHessian* fresh, ConvexProjected& out,
             const Cancel& cancel);

  int64_t memoryBytes() const;

 private:
  double objective(double loss, const std::vector<double>& W) const;
  double gradient(const double* Z, const ConvexProjected& at);
  bool begin(const double* Z, const double* start, ConvexProjected& out, const Cancel& cancel);
  bool direction(const double* Z, ConvexProjected& at, double gradientNorm, const Cancel& cancel);
  bool iterate(ConvexProjected& at, const InnerHessian& preconditioner, double tolerance, const Cancel& cancel);
  void solveWithAll(ConvexProjected& at, double tolerance, const Cancel& cancel);
  bool advance(const double* Z, ConvexProjected& at, double slope, bool isTail, const Cancel& cancel);

  const Problem& problem_;
  ConvexLoss& loss_;
  const Tiling& tiling_;
  Pool& pool_;
  FeatureSums sums_;
  InnerOperator operator_;
  InnerHessian hessian_;                // renewed where no other preconditioner serves
  const InnerHessian* preconditioner_;  // the one in use
  int64_t every_;                       // strip of the samples that the next one is made from
  std::vector<double> atZero_;          // N × t: ∂ℓ/∂s at s = 0
  double lossAtZero_ = 0;
  double reference_ = 0;        // ‖∇_W‖ at W = 0
  std::vector<double> g_, D_;   // gradient and step, t × m
  std::vector<double> SD_, S_;  // N × t: Z̃Dᵀ, and a trial S
  std::vector<double> trialW_;  // t × m
};

}  // namespace gnvpro
