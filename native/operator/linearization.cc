#include "operator/linearization.h"

#include <algorithm>
#include <functional>

#include "blas/blas.h"
#include "elimination/biased.h"
#include "parallel/zeros.h"

namespace gnvpro {

void curve(const Problem& problem, const ConvexLoss& loss, const Tile& tile, const Eliminated& at, const double* V,
           double* out) {
  if (!problem.isLinear()) {
    loss.curve(tile.rows(), at.curvature.data() + tile.begin * loss.curvatureColumns(), V, out);
    return;
  }
  const int64_t t = problem.targets;
  const auto weight = [&](int64_t row) {
    return problem.sampleWeights.empty() ? 1 : problem.sampleWeights[tile.begin + row];
  };
  for (int64_t i = 0; i < tile.rows() * t; ++i) out[i] = weight(i / t) * V[i];
}

Linearization::Linearization(const Problem& problem, Network& network, const ConvexLoss& loss, const Tiling& tiling,
                             Pool& pool, const Poll& poll)
    : problem_(problem),
      network_(network),
      loss_(loss),
      curvedSums_(tiling, problem.targets * problem.basis(), pool),
      slantedSums_(tiling, problem.joint ? 0 : problem.targets * problem.basis(), pool),
      E_(zeros(problem.samples.count * problem.targets, poll)),
      SE_(zeros(problem.joint ? 0 : problem.samples.count * problem.targets, poll)),
      k_(problem.targets * problem.basis()),
      q_(k_.size()) {}

void Linearization::run(const Eliminated& at, const double* v, const Cancel& cancel) {
  network_.forward(
      v, [&](const Tile& tile, const Place& place) { accumulate(at, v, tile, place); }, cancel);
  const double scale = 1 / static_cast<double>(problem_.samples.total);
  curvedSums_.total(k_.data());
  for (double& x : k_) x *= scale;
  if (problem_.joint) return;
  slantedSums_.total(q_.data());
  for (double& x : q_) x *= scale;
}

const double* Linearization::change(const Eliminated& at, const double* v, const Cancel& cancel) {
  network_.forward(
      v, [&](const Tile& tile, const Place& place) { fillE(at, v, tile, network_.D(tile, place.worker)); }, cancel);
  return E_.data();
}

/** The tile's rows of E from those of D. */
void Linearization::fillE(const Eliminated& at, const double* v, const Tile& tile, const double* D) {
  const int64_t t = problem_.targets, w = problem_.features, m = problem_.basis();
  double* E = E_.data() + tile.begin * t;
  if (!problem_.joint) return timesTransposed(problem_, tile.rows(), D, at.W.data(), E, false);
  timesTransposed(problem_, tile, at.Z, v + problem_.weights, E_.data());
  blas::gemm(false, true, tile.rows(), t, w, 1, D, w, at.W.data(), m, 1, E, t);
}

void Linearization::accumulate(const Eliminated& at, const double* v, const Tile& tile, const Place& place) {
  const int64_t t = problem_.targets;
  const double* D = network_.D(tile, place.worker);
  fillE(at, v, tile, D);
  const double* E = E_.data() + tile.begin * t;
  double* SE = this->SE() + tile.begin * t;
  curve(problem_, loss_, tile, at, E, SE);
  curvedSums_.add(place, [&](double* sum) { addTransposedTimes(problem_, tile, SE, at.Z, place.isFirst, sum); });
  if (problem_.joint) return;
  // q has no column for the bias: the derivative of a column of ones is zero.
  slantedSums_.add(place, [&](double* sum) {
    addTransposedFeatures(problem_, tile.rows(), at.R.data() + tile.begin * t, D, place.isFirst, sum);
  });
}

void Linearization::slope(double* out) const { std::transform(k_.begin(), k_.end(), q_.begin(), out, std::plus<>()); }

int64_t Linearization::memoryBytes() const {
  return 8 * static_cast<int64_t>(E_.size() + SE_.size() + 2 * k_.size()) + curvedSums_.memoryBytes() +
         slantedSums_.memoryBytes();
}

}  // namespace gnvpro
