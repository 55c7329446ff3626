#include "step/krylov.h"

#include <algorithm>
#include <utility>

#include "blas/blas.h"

namespace gnvpro {
namespace {

/** What is left of a direction when it lies in the space already. */
constexpr double kBreakdown = 1e-13;

double norm(const std::vector<double>& x) { return blas::norm2(static_cast<int64_t>(x.size()), x.data()); }

}  // namespace

KrylovSpace::KrylovSpace(const Product& H, const std::vector<double>& g, const Options& options, const Cancel& cancel)
    : n_(static_cast<int64_t>(g.size())), capacity_(std::min(options.maxVectors, n_)), projectedGradient_(capacity_) {
  basis_.reserve(capacity_ * n_);
  images_.reserve(capacity_ * n_);
  gram_.resize(capacity_ * capacity_);
  const double target = norm(g);
  std::vector<double> direction(n_);
  std::transform(g.begin(), g.end(), direction.begin(), [](double x) { return -x; });
  if (options.precondition) options.precondition(direction);
  relativeResidual_ = target > 0 ? 1 : 0;
  while (target > 0 && vectors_ < capacity_ && append(direction, cancel)) {
    images_.resize(vectors_ * n_);
    H(basis_.data() + (vectors_ - 1) * n_, images_.data() + (vectors_ - 1) * n_);
    extendModel(g, cancel);
    std::vector<double> rest = residual(g);
    relativeResidual_ = norm(rest) / target;
    if (relativeResidual_ <= options.tolerance) break;
    if (options.precondition) {
      options.precondition(rest);
      direction = std::move(rest);
    } else {
      direction.assign(images_.end() - n_, images_.end());
    }
  }
}

/** Adds the part of the direction orthogonal to the basis; false if rounding is all that is left. Twice is enough. */
bool KrylovSpace::append(const std::vector<double>& direction, const Cancel& cancel) {
  std::vector<double> v = direction;
  for (int pass = 0; pass < 2; ++pass) {
    for (int64_t i = 0; i < vectors_; ++i) {
      cancel.poll();
      const double* q = basis_.data() + i * n_;
      blas::axpy(n_, -blas::dot(n_, q, v.data()), q, v.data());
    }
  }
  const double length = norm(v);
  if (!(length > kBreakdown * norm(direction))) return false;
  for (const double x : v) basis_.push_back(x / length);
  ++vectors_;
  return true;
}

/** The last row of VᵀHV, made symmetric, and the model of the larger space. */
void KrylovSpace::extendModel(const std::vector<double>& g, const Cancel& cancel) {
  const int64_t last = vectors_ - 1;
  const double* v = basis_.data() + last * n_;
  const double* Hv = images_.data() + last * n_;
  for (int64_t i = 0; i <= last; ++i) {
    cancel.poll();
    const double entry = 0.5 * (blas::dot(n_, basis_.data() + i * n_, Hv) + blas::dot(n_, v, images_.data() + i * n_));
    gram_[i * capacity_ + last] = gram_[last * capacity_ + i] = entry;
  }
  projectedGradient_[last] = blas::dot(n_, v, g.data());
  std::vector<double> S(vectors_ * vectors_);
  for (int64_t i = 0; i < vectors_; ++i) std::copy_n(gram_.data() + i * capacity_, vectors_, S.data() + i * vectors_);
  model_.emplace(std::move(S), std::vector<double>(projectedGradient_.begin(), projectedGradient_.begin() + vectors_));
}

/** −g − HVy of the unconstrained step y in the space. */
std::vector<double> KrylovSpace::residual(const std::vector<double>& g) const {
  const std::vector<double> y = model_->minimize(std::nullopt).s;
  std::vector<double> rest(n_);
  for (int64_t i = 0; i < n_; ++i) rest[i] = -g[i];
  for (int64_t k = 0; k < vectors_; ++k) blas::axpy(n_, -y[k], images_.data() + k * n_, rest.data());
  return rest;
}

TrustRegionStep KrylovSpace::minimize(Radius radius) const {
  TrustRegionStep step;
  if (model_) step = model_->minimize(radius);
  std::vector<double> s(n_, 0.0);
  for (size_t k = 0; k < step.s.size(); ++k) {
    blas::axpy(n_, step.s[k], basis_.data() + static_cast<int64_t>(k) * n_, s.data());
  }
  step.coordinates = std::exchange(step.s, std::move(s));
  return step;
}

}  // namespace gnvpro
