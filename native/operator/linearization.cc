#include "operator/linearization.h"

#include <algorithm>
#include <functional>

#include "blas/blas.h"
#include "elimination/biased.h"
#include "parallel/zeros.h"

namespace gnvpro {

Linearization::Linearization(const Problem& problem, Network& network, const ConvexLoss& loss, const Tiling& tiling,
                             const Poll& poll)
    : problem_(problem),
      network_(network),
      loss_(loss),
      tiling_(tiling),
      curvedSums_(tiling.groups(), problem.targets * problem.basis()),
      slantedSums_(tiling.groups(), problem.joint ? 0 : problem.targets * problem.basis()),
      E_(zeros(problem.samples * problem.targets, poll)),
      SE_(zeros(problem.samples * problem.targets, poll)),
      k_(problem.targets * problem.basis()),
      q_(k_.size()) {}

void Linearization::run(const Eliminated& at, const double* v, const Cancel& cancel) {
  network_.forward(
      v, [&](const Tile& tile, int64_t group, int) { accumulate(at, v, tile, group); }, cancel);
  const double scale = 1 / static_cast<double>(problem_.samples);
  curvedSums_.combine(k_.data());
  for (double& x : k_) x *= scale;
  if (problem_.joint) return;
  slantedSums_.combine(q_.data());
  for (double& x : q_) x *= scale;
}

void Linearization::accumulate(const Eliminated& at, const double* v, const Tile& tile, int64_t group) {
  const int64_t t = problem_.targets, w = problem_.features, m = problem_.basis();
  const bool isFirst = tiling_.startsGroup(tile, group);
  double* E = E_.data() + tile.begin * t;
  double* SE = SE_.data() + tile.begin * t;
  if (problem_.joint) {
    timesTransposed(problem_, tile, at.Z, v + problem_.weights, E_.data());
    blas::gemm(false, true, tile.rows(), t, w, 1, network_.D() + tile.begin * w, w, at.W.data(), m, 1, E, t);
  } else {
    timesTransposedWeights(problem_, tile, network_.D(), at.W.data(), E_.data());
  }
  loss_.curve(tile.rows(), at.curvature.data() + tile.begin * loss_.curvatureColumns(), E, SE);
  addTransposedTimes(problem_, tile, SE, at.Z, isFirst, curvedSums_.part(group));
  if (problem_.joint) return;
  // q has no column for the bias: the derivative of a column of ones is zero.
  addTransposedFeatures(problem_, tile, at.R.data() + tile.begin * t, network_.D(), isFirst, slantedSums_.part(group));
}

void Linearization::slope(double* out) const { std::transform(k_.begin(), k_.end(), q_.begin(), out, std::plus<>()); }

int64_t Linearization::memoryBytes() const {
  return 8 * static_cast<int64_t>(E_.size() + SE_.size() + (2 + 2 * tiling_.groups()) * k_.size());
}

}  // namespace gnvpro
