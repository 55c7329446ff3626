#include "elimination/elimination.h"

#include <cmath>

#include "blas/blas.h"
#include "elimination/biased.h"
#include "elimination/linear.h"
#include "elimination/newton.h"
#include "parallel/zeros.h"

namespace gnvpro {
namespace {

/** W is an unknown beside θ: nothing is eliminated. */
class GivenW : public Elimination {
 public:
  GivenW(const Problem& problem, ConvexLoss& loss, const Tiling& tiling, Pool& pool, const Poll& poll)
      : Elimination(problem, loss, tiling, pool), S_(zeros(problem.samples.count * problem.targets, poll)) {}

  bool solve(const Features& features, Eliminated& at, const Cancel& cancel) override {
    const double* Z = features.data();
    if (!allFinite(Z, problem_.features, tiling_, pool_)) return false;
    at.Z = Z;
    timesTransposed(problem_, tiling_, pool_, Z, at.W.data(), S_.data());
    at.loss = loss_.evaluate(S_.data(), at.R.data(), at.curvature.data(), cancel);
    at.regularization = 0.5 * problem_.alphaW * blas::dot(static_cast<int64_t>(at.W.size()), at.W.data(), at.W.data());
    at.rank = problem_.basis();
    return std::isfinite(at.loss + at.regularization);
  }

  int64_t memoryBytes() const override { return 8 * static_cast<int64_t>(S_.size()); }

 private:
  std::vector<double> S_;  // N × t: Z̃Wᵀ
};

}  // namespace

std::vector<double> InnerFactor::inverse(const Cancel& cancel) {
  std::vector<double> inverse(order_ * order_);
  for (int64_t i = 0; i < order_; ++i) {
    cancel.poll();
    inverse[i * (order_ + 1)] = 1;
    solve(inverse.data() + i * order_, cancel);
  }
  return inverse;
}

Eliminated Elimination::allocate(bool keepsRows, const Poll& poll) const {
  const int64_t N = problem_.samples.count, t = problem_.targets;
  Eliminated at;
  at.W.resize(t * problem_.basis());
  if (keepsRows) at.R = zeros(N * t, poll);
  if (problem_.isLinear()) {
    at.T.resize(problem_.basis() * problem_.basis());
  } else {
    at.curvature = zeros(N * loss_.curvatureColumns(), poll);
  }
  return at;
}

std::unique_ptr<Elimination> makeElimination(const Problem& problem, ConvexLoss& loss, const Tiling& tiling, Pool& pool,
                                             const Poll& poll) {
  if (problem.joint) return std::make_unique<GivenW>(problem, loss, tiling, pool, poll);
  if (problem.isLinear()) return std::make_unique<LinearElimination>(problem, loss, tiling, pool, poll);
  return std::make_unique<NewtonElimination>(problem, loss, tiling, pool, poll);
}

}  // namespace gnvpro
