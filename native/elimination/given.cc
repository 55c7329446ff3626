#include "elimination/given.h"

#include <cmath>

#include "blas/blas.h"
#include "elimination/biased.h"
#include "parallel/zeros.h"
#include "samples/finite.h"

namespace gnvpro {

GivenW::GivenW(const Problem& problem, ConvexLoss& loss, const Tiling& tiling, Pool& pool, const Poll& poll)
    : Elimination(problem, loss, tiling, pool), S_(zeros(problem.samples.count * problem.targets, poll)) {}

bool GivenW::solve(const double* Z, Eliminated& at, const Cancel& cancel) {
  if (!allFinite(Z, problem_.features, tiling_, pool_)) return false;
  at.Z = Z;
  timesTransposed(problem_, tiling_, pool_, Z, at.W.data(), S_.data());
  at.loss = loss_.evaluate(S_.data(), at.R.data(), at.curvature.data(), cancel);
  at.regularization = 0.5 * problem_.alphaW * blas::dot(static_cast<int64_t>(at.W.size()), at.W.data(), at.W.data());
  at.rank = problem_.basis();
  return std::isfinite(at.loss + at.regularization);
}

}  // namespace gnvpro
