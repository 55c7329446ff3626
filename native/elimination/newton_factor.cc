#include "elimination/newton_factor.h"

#include <algorithm>
#include <cmath>

#include "blas/blas.h"
#include "elimination/biased.h"
#include "parallel/zeros.h"

namespace gnvpro {
namespace {

constexpr double kExact = 1e-12;  // where H_W is too large to be factorised
constexpr int64_t kMaxIterations = 1000;
constexpr int64_t kTrial = 5;  // iterations that tell how fast they converge

/** Whether, at the rate so far, the tolerance takes far more iterations than there may be. */
bool isHopeless(double reduction, double tolerance, int64_t iterations, int64_t maxIterations) {
  if (iterations < kTrial) return false;
  const double needed = static_cast<double>(iterations) * std::log(tolerance) / std::log(std::min(reduction, 0.999));
  return needed > 1.5 * static_cast<double>(maxIterations);
}

}  // namespace

NewtonFactor::NewtonFactor(const Problem& problem, const ConvexLoss& loss, const Tiling& tiling, Pool& pool,
                           const Poll& poll)
    : InnerFactor(problem.targets * problem.basis()),
      problem_(problem),
      loss_(loss),
      hessian_(problem, loss, tiling, pool),
      sums_(tiling, order_, pool),
      products_(zeros(problem.samples.count * problem.targets, poll)),
      right_(order_),
      residual_(order_),
      preconditioned_(order_),
      direction_(order_),
      image_(order_) {}

void NewtonFactor::setPoint(const Eliminated& at) {
  InnerFactor::setPoint(at);
  hessian_.drop();
}

void NewtonFactor::solve(double* K, const Cancel& cancel) {
  factorize();
  if (hessian_.isExact()) {
    hessian_.solve(K);
    return;
  }
  std::copy_n(K, right_.size(), right_.data());
  conjugateGradients(*at_, right_.data(), hessian_, kExact, kMaxIterations, Patience::toTheEnd, K, cancel);
}

/** Σ_jk S_n[j, k] z̃_nᵀ (H_W⁻¹)_kj z̃_n/N, one pair of outputs after the other. */
std::vector<double> NewtonFactor::leverages(const Cancel& cancel) {
  const int64_t N = problem_.samples.count, w = problem_.features, m = problem_.basis(), t = problem_.targets;
  const std::vector<double> inverse = this->inverse(cancel);
  std::vector<double> leverages(N), entries(N), rows(N * m);
  for (int64_t j = 0; j < t; ++j) {
    for (int64_t k = 0; k <= j; ++k) {
      cancel.poll();
      const double* block = inverse.data() + (k * order_ + j) * m;
      loss_.entries(N, at_->curvature.data(), j, k, entries.data(), 1);
      blas::gemm(false, false, N, m, w, 1, at_->Z, w, block, order_, 0, rows.data(), m);
      const double share = (j == k ? 1.0 : 2.0) / static_cast<double>(problem_.samples.total);
      for (int64_t n = 0; n < N; ++n) {
        double square = blas::dot(w, rows.data() + n * m, at_->Z + n * w);
        if (problem_.bias) {
          square += blas::dot(w, block + w * order_, at_->Z + n * w) + rows[n * m + w] + block[w * (order_ + 1)];
        }
        leverages[n] += share * entries[n] * square;
      }
    }
  }
  return leverages;
}

double NewtonFactor::logDeterminant() {
  factorize();
  return hessian_.logDeterminant();
}

double NewtonFactor::traceOfInverse() {
  factorize();
  return hessian_.traceOfInverse();
}

std::vector<double> NewtonFactor::root() {
  factorize();
  return hessian_.root();
}

void NewtonFactor::factorize() {
  if (!hessian_.isReady() && !hessian_.factorize(*at_)) throw blas::LapackError("dpotrf", 1);
}

/** HV = H_W V, both t × m. */
void NewtonFactor::product(const Eliminated& at, const double* V, double* HV) {
  const int64_t t = problem_.targets, columns = loss_.curvatureColumns();
  sums_.run(HV, [&](const Tile& tile, const Place& place, double* sum) {
    double* rows = products_.data() + tile.begin * t;
    timesTransposed(problem_, tile, at.Z, V, products_.data());
    loss_.curve(tile.rows(), at.curvature.data() + tile.begin * columns, rows, rows);
    addTransposedTimes(problem_, tile, rows, at.Z, place.isFirst, sum);
  });
  const double scale = 1 / static_cast<double>(problem_.samples.total);
  for (size_t i = 0; i < residual_.size(); ++i) HV[i] = scale * HV[i] + problem_.alphaW * V[i];
}

NewtonFactor::Outcome NewtonFactor::conjugateGradients(const Eliminated& at, const double* K,
                                                       const InnerHessian& preconditioner, double tolerance,
                                                       int64_t maxIterations, Patience patience, double* X,
                                                       const Cancel& cancel) {
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
    product(at, direction_.data(), image_.data());
    const double curvature = blas::dot(n, direction_.data(), image_.data());
    if (!(curvature > 0) || !(inner > 0)) return {iterations, false};
    blas::axpy(n, inner / curvature, direction_.data(), X);
    blas::axpy(n, -inner / curvature, image_.data(), residual_.data());
    previous = inner;
  }
}

int64_t NewtonFactor::memoryBytes() const {
  return 8 * static_cast<int64_t>(products_.size() + 4 * residual_.size()) + sums_.memoryBytes() +
         hessian_.memoryBytes();
}

}  // namespace gnvpro
