// A convex loss: W(θ) = argmin (1/N) Σ ℓ(W z̃_n, c_n) + ½ α_W ‖W‖² by Newton's method, α_W > 0.
#pragma once

#include <cstdint>
#include <vector>

#include "elimination/biased.h"
#include "elimination/elimination.h"
#include "elimination/newton_factor.h"

namespace gnvpro {

class NewtonElimination : public Elimination {
 public:
  NewtonElimination(const Problem& problem, ConvexLoss& loss, const Tiling& tiling, Pool& pool, const Poll& poll);

  /** The last factor that was asked for preconditions the first iterations. */
  bool solve(const Features& features, Eliminated& at, const Cancel& cancel) override;
  InnerFactor* factor() override { return &factor_; }
  bool iterates() const override { return true; }
  int64_t memoryBytes() const override;

 private:
  double objective(double loss, const std::vector<double>& W) const;
  double gradient(const Eliminated& at);
  bool begin(Eliminated& at, const Cancel& cancel);
  bool direction(Eliminated& at, double gradientNorm, const Cancel& cancel);
  bool iterate(Eliminated& at, const InnerHessian& preconditioner, double tolerance, const Cancel& cancel);
  void solveWithAll(Eliminated& at, double tolerance, const Cancel& cancel);
  bool advance(Eliminated& at, double slope, bool isTail, const Cancel& cancel);

  FeatureSums sums_;
  NewtonFactor factor_;                 // of the point that was last asked for
  InnerHessian hessian_;                // renewed where no other preconditioner serves
  const InnerHessian* preconditioner_;  // the one in use
  int64_t every_;                       // strip of the samples that the next one is made from
  std::vector<double> atZero_;          // N × t: ∂ℓ/∂s at s = 0
  double lossAtZero_ = 0;
  double reference_ = 0;                 // ‖∇_W‖ at W = 0
  std::vector<double> g_, D_;            // gradient and step, t × m
  std::vector<double> S_, SD_, trialS_;  // N × t: Z̃Wᵀ, Z̃Dᵀ, and a trial S
  std::vector<double> trialW_;           // t × m
};

}  // namespace gnvpro
