#include "elimination/inner_operator.h"

#include <algorithm>
#include <cmath>

#include "blas/blas.h"
#include "parallel/zeros.h"

namespace gnvpro {

namespace {

constexpr int64_t kTrial = 5;  // iterations that tell how fast they converge

/** Whether, at the rate so far, the tolerance takes far more iterations than there may be. */
bool isHopeless(double reduction, double tolerance, int64_t iterations, int64_t maxIterations) {
  if (iterations < kTrial) return false;
  const double needed = static_cast<double>(iterations) * std::log(tolerance) / std::log(std::min(reduction, 0.999));
  return needed > 1.5 * static_cast<double>(maxIterations);
}

}  // namespace

InnerOperator::InnerOperator(const Problem& problem, const ConvexLoss& loss, const Tiling& tiling, Pool& pool,
                             const Poll& poll)
    : problem_(problem),
      loss_(loss),
      sums_(tiling, problem.targets * problem.basis(), pool),
      products_(zeros(problem.samples.count * problem.targets, poll)),
      residual_(problem.targets * problem.basis()),
      preconditioned_(residual_.size()),
      direction_(residual_.size()),
      image_(residual_.size()) {}

void InnerOperator::setPoint(const double* Z, const double* curvature) {
  Z_ = Z;
  curvature_ = curvature;
}

void InnerOperator::product(const double* V, double* HV) {
  const int64_t t = problem_.targets, columns = loss_.curvatureColumns();
  sums_.run(HV, [&](const Tile& tile, const Place& place, double* sum) {
    double* rows = products_.data() + tile.begin * t;
    timesTransposed(problem_, tile, Z_, V, products_.data());
    loss_.curve(tile.rows(), curvature_ + tile.begin * columns, rows, rows);
    addTransposedTimes(problem_, tile, rows, Z_, place.isFirst, sum);
  });
  const double scale = 1 / static_cast<double>(problem_.samples.total);
  for (size_t i = 0; i < residual_.size(); ++i) HV[i] = scale * HV[i] + problem_.alphaW * V[i];
}

InnerOperator::Outcome InnerOperator::solve(const double* K, const InnerHessian& preconditioner, double tolerance,
                                            int64_t maxIterations, Patience patience, double* X, const Cancel& cancel) {
  const auto n = static_cast<int64_t>(residual_.size());
  const double initial = blas::norm2(n, K), target = tolerance * initial;
  std::fill_n(X, n, 0.0);
  std::copy_n(K, n, residual_.data());
  double previous = 0;
  for (int64_t iterations = 0;; ++iterations) {
    const double rest = blas::norm2(n, residual_.data());
    if (rest <= target) return {iterations, true};
    if (iterations == maxIterations) return {iterations, false};
    if (patience == Patience::foresight && isHopeless(rest / initial, tolerance, iterations, maxIterations)) {
      return {iterations, false};
    }
    cancel.poll();
    preconditioned_ = residual_;
    preconditioner.solve(preconditioned_.data());
    const double inner = blas::dot(n, residual_.data(), preconditioned_.data());
    const double beta = iterations == 0 ? 0 : inner / previous;
    for (int64_t i = 0; i < n; ++i) direction_[i] = preconditioned_[i] + beta * (iterations == 0 ? 0 : direction_[i]);
    product(direction_.data(), image_.data());
    const double curvature = blas::dot(n, direction_.data(), image_.data());
    if (!(curvature > 0) || !(inner > 0)) return {iterations, false};
    blas::axpy(n, inner / curvature, direction_.data(), X);
    blas::axpy(n, -inner / curvature, image_.data(), residual_.data());
    previous = inner;
  }
}

int64_t InnerOperator::memoryBytes() const {
  return 8 * static_cast<int64_t>(products_.size() + 4 * residual_.size()) + sums_.memoryBytes();
}

}  // namespace gnvpro
