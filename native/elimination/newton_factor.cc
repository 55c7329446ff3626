#include "elimination/newton_factor.h"

#include <algorithm>

#include "blas/blas.h"

namespace gnvpro {
namespace {

constexpr double kExact = 1e-12;  // where H_W is too large to be factorised
constexpr int64_t kMaxIterations = 1000;

}  // namespace

NewtonFactor::NewtonFactor(const Problem& problem, const ConvexLoss& loss, InnerOperator& products,
                           const Tiling& tiling, Pool& pool)
    : InnerFactor(problem.targets * problem.basis()),
      problem_(problem),
      loss_(loss),
      products_(products),
      hessian_(problem, loss, tiling, pool),
      right_(order_) {}

void NewtonFactor::setPoint(const Eliminated& at) {
  at_ = &at;
  hessian_.drop();
}

void NewtonFactor::solve(double* K, const Cancel& cancel) {
  factorize();
  if (hessian_.isExact()) {
    hessian_.solve(K);
    return;
  }
  products_.setPoint(at_->Z, at_->curvature.data());
  std::copy_n(K, right_.size(), right_.data());
  products_.solve(right_.data(), hessian_, kExact, kMaxIterations, InnerOperator::Patience::toTheEnd, K, cancel);
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

void NewtonFactor::factorize() {
  if (!hessian_.isReady() && !hessian_.factorize(at_->Z, at_->curvature.data())) throw blas::LapackError("dpotrf", 1);
}

}  // namespace gnvpro
