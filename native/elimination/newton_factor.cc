#include "elimination/newton_factor.h"

#include <algorithm>

#include "blas/blas.h"

namespace gnvpro {
namespace {

constexpr double kExact = 1e-12;  // where H_W is too large to be factorised
constexpr int64_t kMaxIterations = 1000;

}  // namespace

NewtonFactor::NewtonFactor(const Problem& problem, const ConvexLoss& loss, InnerOperator& products, Pool& pool)
    : products_(products), hessian_(problem, loss, pool), right_(problem.targets * problem.basis()) {}

void NewtonFactor::setPoint(const double* Z, const double* curvature) {
  Z_ = Z;
  curvature_ = curvature;
  hessian_.drop();
}

void NewtonFactor::solve(double* K, const Cancel& cancel) {
  factorize();
  if (hessian_.isExact()) {
    hessian_.solve(K);
    return;
  }
  products_.setPoint(Z_, curvature_);
  std::copy_n(K, right_.size(), right_.data());
  products_.solve(right_.data(), hessian_, kExact, kMaxIterations, InnerOperator::Patience::toTheEnd, K, cancel);
}

void NewtonFactor::factorize() {
  if (!hessian_.isReady() && !hessian_.factorize(Z_, curvature_)) throw blas::LapackError("dpotrf", 1);
}

}  // namespace gnvpro
