#include "elimination/elimination.h"

#include "elimination/given.h"
#include "elimination/linear.h"
#include "elimination/newton.h"
#include "parallel/zeros.h"

namespace gnvpro {

Eliminated Elimination::allocate(const Poll& poll) const {
  const int64_t N = problem_.samples.count, t = problem_.targets;
  Eliminated at;
  at.W.resize(t * problem_.basis());
  at.R = zeros(N * t, poll);
  at.curvature = zeros(N * loss_.curvatureColumns(), poll);
  return at;
}

std::unique_ptr<Elimination> makeElimination(const Problem& problem, ConvexLoss& loss, const Tiling& tiling, Pool& pool,
                                             const Poll& poll) {
  if (problem.joint) return std::make_unique<GivenW>(problem, loss, tiling, pool, poll);
  if (problem.isLinear()) return std::make_unique<LinearElimination>(problem, loss, tiling, pool, poll);
  return std::make_unique<NewtonElimination>(problem, loss, tiling, pool, poll);
}

}  // namespace gnvpro
