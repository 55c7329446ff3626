#include "varpro/trust_region.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

#include "blas/blas.h"
#include "parallel/zeros.h"
#include "varpro/cholesky.h"

namespace gnvpro {
namespace {

constexpr double kEpsilon = std::numeric_limits<double>::epsilon();

/** Below this share of ‖g‖, what lies along an eigenvalue of zero is rounding: g is in the range of H. */
constexpr double kNegligible = 1e-12;

double norm(const std::vector<double>& x) { return blas::norm2(static_cast<int64_t>(x.size()), x.data()); }

}  // namespace

SpectralModel::SpectralModel(std::vector<double> H, const std::vector<double>& g)
    : n_(static_cast<int64_t>(g.size())), values_(n_), vectors_(std::move(H)), coefficients_(n_) {
  if (n_ == 0) return;
  blas::eigen(n_, vectors_.data(), values_.data());
  for (int64_t i = 0; i < n_; ++i) coefficients_[i] = -blas::dot(n_, vectors_.data() + i * n_, g.data());
  const double largest = std::max(std::abs(values_.front()), std::abs(values_.back()));
  for (int64_t i = 0; i < n_; ++i) {
    if (std::abs(values_[i]) > static_cast<double>(n_) * kEpsilon * largest) continue;
    values_[i] = 0;
    if (std::abs(coefficients_[i]) <= kNegligible * norm(g)) coefficients_[i] = 0;
  }
}

TrustRegionStep SpectralModel::minimize(Radius radius) const {
  if (n_ == 0) return {};
  std::vector<double> newton = shifted(0);
  if (!radius) {
    // Directions without positive curvature have no minimum: they are left out.
    for (int64_t i = 0; i < n_; ++i) {
      if (!(values_[i] > 0)) newton[i] = 0;
    }
    return assemble(newton, 0, false, norm(newton));
  }
  if (!(values_[0] < 0) && norm(newton) <= *radius) return assemble(newton, 0, false, *radius);
  const double lowest = std::max(0.0, -values_[0]);
  std::vector<double> limit = shifted(lowest);
  const double length = norm(limit);
  if (length < *radius) {
    // The hard case: g has no part along the lowest eigenvector, and moving along it changes nothing else.
    limit[0] += std::sqrt(*radius * *radius - length * length);
    return assemble(limit, lowest, true, *radius);
  }
  const double lambda = secularRoot(lowest, *radius);
  return assemble(shifted(lambda), lambda, true, *radius);
}

/** (H + λI)⁻¹(−g) in the eigenbasis, with 0/0 = 0. */
std::vector<double> SpectralModel::shifted(double lambda) const {
  std::vector<double> z(n_);
  for (int64_t i = 0; i < n_; ++i) z[i] = coefficients_[i] == 0 ? 0 : coefficients_[i] / (values_[i] + lambda);
  return z;
}

/** The λ > lowest with ‖s(λ)‖ = Δ: Newton's method on 1/‖s(λ)‖, which is nearly linear, kept inside a bracket. */
double SpectralModel::secularRoot(double lowest, double radius) const {
  double low = lowest;
  double high = norm(coefficients_) / radius - values_[0];
  double lambda = high;
  for (int i = 0; i < 100; ++i) {
    const std::vector<double> z = shifted(lambda);
    const double length = norm(z);
    if (std::abs(length - radius) <= 1e-14 * radius) break;
    (length > radius ? low : high) = lambda;
    double slope = 0;
    for (int64_t k = 0; k < n_; ++k) slope += z[k] * z[k] / (values_[k] + lambda);
    const double next = lambda + (length / radius - 1) * length * length / slope;
    lambda = next > low && next < high ? next : 0.5 * (low + high);
    if (!(low < lambda && lambda < high)) break;
  }
  return lambda;
}

TrustRegionStep SpectralModel::assemble(const std::vector<double>& z, double lambda, bool onBoundary,
                                        double radius) const {
  TrustRegionStep step;
  step.s.assign(n_, 0.0);
  for (int64_t i = 0; i < n_; ++i) {
    blas::axpy(n_, z[i], vectors_.data() + i * n_, step.s.data());
    step.reduction += coefficients_[i] * z[i] - 0.5 * values_[i] * z[i] * z[i];
  }
  step.norm = norm(z);
  step.multiplier = lambda;
  step.onBoundary = onBoundary;
  step.radius = radius;
  return step;
}

DenseModel::DenseModel(int64_t n, Pool& pool) : n_(n), pool_(pool), factor_(zeros(n * n, [&] { pool.poll(); })) {}

void DenseModel::set(const std::vector<double>& H, const std::vector<double>& g) {
  H_ = &H;
  g_ = &g;
  double trace = 0;
  for (int64_t i = 0; i < n_; ++i) trace += std::abs(H[i * (n_ + 1)]);  // rounding may be negative
  floor_ = std::max(kEpsilon * trace, std::numeric_limits<double>::min());
}

TrustRegionStep DenseModel::minimize(Radius radius) {
  factorizations_ = 0;
  std::optional<Solution> at;
  double lambda = 0, growth = 2;
  // A step on the boundary is usually followed by another: start where the last one ended.
  double low = 0, high = radius ? norm(*g_) / *radius : 0;
  if (radius && lastMultiplier_ > 0) lambda = std::min(lastMultiplier_, high);
  for (int i = 0; i < 50; ++i) {
    std::optional<Solution> next = solve(lambda);
    if (!next) {  // not positive definite: rounding, as H is a Gauss–Newton matrix
      low = std::max(low, lambda);
      lambda = std::max({growth * lambda, floor_, low});
      growth *= 2;  // faster and faster: where H is nothing but rounding, λ must grow as large as H
      continue;
    }
    at = std::move(next);
    if (!radius) return result(*at, false, at->norm);
    if (lambda == 0 && at->norm <= *radius) break;
    if (std::abs(at->norm - *radius) <= kBoundaryTolerance * *radius) break;
    if (at->norm < *radius && lambda <= floor_) break;
    (at->norm > *radius ? low : high) = lambda;
    const double newton = lambda + at->norm * at->norm / at->slope * (at->norm / *radius - 1);
    if (newton <= 0) {
      lambda = 0;
    } else {
      lambda = newton > low && newton < high ? newton : low > 0 ? std::sqrt(low) * std::sqrt(high) : 0.5 * high;
    }
  }
  if (!at) throw blas::LapackError("dpotrf", static_cast<int>(info_));
  lastMultiplier_ = at->lambda;
  // Where H is little more than rounding no λ may fit: the ball holds all the same.
  if (at->norm > (1 + kBoundaryTolerance) * *radius) return shortened(*at, *radius);
  return result(*at, at->lambda > floor_, *radius);
}

/** The lower triangle of H + λI into the memory of the factor. */
void DenseModel::copyShifted(double lambda) {
  constexpr int64_t kColumns = 64;
  pool_.run((n_ + kColumns - 1) / kColumns, [&](int64_t task, int) {
    for (int64_t j = task * kColumns; j < std::min((task + 1) * kColumns, n_); ++j) {
      const int64_t diagonal = j * (n_ + 1);
      std::copy_n(H_->data() + diagonal, n_ - j, factor_.data() + diagonal);
      factor_[diagonal] += lambda;
    }
  });
}

/** s = −(H + λI)⁻¹g by Cholesky; nothing where H + λI is not positive definite. */
std::optional<DenseModel::Solution> DenseModel::solve(double lambda) {
  copyShifted(lambda);
  ++factorizations_;
  info_ = cholesky(n_, factor_.data(), pool_);
  if (info_ != 0) return std::nullopt;
  std::vector<double> s(n_);
  for (int64_t i = 0; i < n_; ++i) s[i] = -(*g_)[i];
  blas::trsmLower(false, n_, 1, factor_.data(), n_, s.data(), n_);
  blas::trsmLower(true, n_, 1, factor_.data(), n_, s.data(), n_);
  const double length = norm(s);
  if (!std::isfinite(length)) {
    info_ = 1;  // OpenBLAS lets NaN pass where LAPACK says that it is not positive
    return std::nullopt;
  }
  pool_.poll();
  std::vector<double> q = s;
  blas::trsmLower(false, n_, 1, factor_.data(), n_, q.data(), n_);
  return Solution{lambda, std::move(s), length, blas::dot(n_, q.data(), q.data())};
}

/** As far as the boundary only. */
TrustRegionStep DenseModel::shortened(const Solution& at, double radius) const {
  const double share = radius / at.norm, slope = blas::dot(n_, g_->data(), at.s.data());
  TrustRegionStep step = result(at, true, radius);
  for (double& x : step.s) x *= share;
  step.norm = radius;
  step.reduction = -share * slope + 0.5 * share * share * (slope + at.lambda * at.norm * at.norm);
  return step;
}

/** With Hs = −g − λs the reduction needs no product: −½gᵀs + ½λ‖s‖². */
TrustRegionStep DenseModel::result(const Solution& at, bool onBoundary, double radius) const {
  TrustRegionStep step;
  step.s = at.s;
  step.norm = at.norm;
  step.multiplier = at.lambda;
  step.onBoundary = onBoundary;
  step.radius = radius;
  step.reduction = 0.5 * at.lambda * at.norm * at.norm - 0.5 * blas::dot(n_, g_->data(), at.s.data());
  step.factorizations = factorizations_;
  return step;
}

}  // namespace gnvpro
