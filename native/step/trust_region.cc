#include "step/trust_region.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

#include "blas/blas.h"
#include "linalg/cholesky.h"
#include "parallel/zeros.h"

namespace gnvpro {
namespace {

constexpr double kEpsilon = std::numeric_limits<double>::epsilon();

/** Below this share of ‖g‖, what lies along an eigenvalue of zero is rounding: g is in the range of H. */
constexpr double kNegligible = 1e-12;

constexpr double kNear = 0.25;  // ‖s‖ within this share of Δ: the factor at hand gives the step
constexpr double kGain = 0.25;  // what a round may leave of the change of the one before
constexpr double kSmallShare =
    1e-3;  // of the largest possible λ: far below it, where rounding does not yet show in a singular H

double norm(const std::vector<double>& x) { return blas::norm2(static_cast<int64_t>(x.size()), x.data()); }

double square(double x) { return x * x; }

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
  if (!radius) {
    const std::vector<double> newton = unconstrained();
    return assemble(newton, 0, false, norm(newton));
  }
  std::vector<double> limit = shifted(0);
  const double length = norm(limit);
  if (!(values_[0] < 0) && length <= *radius) return assemble(limit, 0, false, *radius);
  if (length < *radius) {
    // The hard case: g has no part along the lowest eigenvector, and moving along it changes nothing else.
    limit[0] += std::sqrt(*radius - length) * std::sqrt(*radius + length);
    return assemble(limit, lowest(), true, *radius);
  }
  const double tau = secularRoot(*radius);
  return assemble(shifted(tau), lowest() + tau, true, *radius);
}

/** The least λ for which H + λI has no negative eigenvalue. */
double SpectralModel::lowest() const { return std::max(0.0, -values_[0]); }

/** H⁻¹(−g) in the eigenbasis. Directions without positive curvature have no minimum: they are left out. */
std::vector<double> SpectralModel::unconstrained() const {
  std::vector<double> z(n_);
  for (int64_t i = 0; i < n_; ++i) z[i] = values_[i] > 0 ? coefficients_[i] / values_[i] : 0;
  return z;
}

/** (H + λI)⁻¹(−g) in the eigenbasis for λ = lowest() + τ, with 0/0 = 0. Of λ itself a small τ would be rounded away. */
std::vector<double> SpectralModel::shifted(double tau) const {
  std::vector<double> z(n_);
  for (int64_t i = 0; i < n_; ++i) z[i] = coefficients_[i] == 0 ? 0 : coefficients_[i] / (values_[i] + lowest() + tau);
  return z;
}

/** The τ > 0 with ‖s‖ = Δ: Newton's method on 1/‖s‖, which is nearly linear, kept inside a bracket. */
double SpectralModel::secularRoot(double radius) const {
  double low = 0, high = norm(coefficients_) / radius;
  double tau = high;
  for (int i = 0; i < 100; ++i) {
    const std::vector<double> z = shifted(tau);
    const double length = norm(z);
    if (std::abs(length - radius) <= 1e-14 * radius) break;
    (length > radius ? low : high) = tau;
    double slope = 0;
    for (int64_t k = 0; k < n_; ++k) slope += square(z[k] / length) / (values_[k] + lowest() + tau);
    const double next = tau + (length / radius - 1) / slope;
    tau = next > low && next < high ? next : low > 0 ? std::sqrt(low) * std::sqrt(high) : kSmallShare * high;
    if (!(low < tau && tau < high)) break;
  }
  return tau;
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
  spectral_.reset();
}

TrustRegionStep DenseModel::minimize(Radius radius, double multiplier) {
  factorizations_ = 0;
  std::optional<TrustRegionStep> step;
  if (!spectral_) step = radius ? within(*radius, multiplier) : unconstrained();
  if (!step) step = bySpectrum(radius);
  step->factorizations = factorizations_;
  return *step;
}

std::optional<TrustRegionStep> DenseModel::unconstrained() {
  const std::optional<Solution> at = solve(0);
  if (!at) return std::nullopt;
  return result(at->s, 0, false, at->norm);
}

/** Newton's method on 1/‖s(λ)‖, kept inside a bracket, until the last factor gives the other digits. */
std::optional<TrustRegionStep> DenseModel::within(double radius, double multiplier) {
  double low = 0, high = norm(*g_) / radius;
  double lambda = std::min(multiplier, high);
  bool singular = false;
  for (int i = 0; i < 50; ++i) {
    const std::optional<Solution> at = solve(lambda);
    if (!at) {
      if (lambda > 0 || singular) return std::nullopt;
      singular = true;
      lambda = kSmallShare * high;
      continue;
    }
    if (lambda == 0 && at->norm <= radius) return result(at->s, 0, false, radius);
    if (std::optional<TrustRegionStep> step = refined(*at, radius)) return step;
    (at->norm > radius ? low : high) = lambda;
    const double newton = lambda + at->curvature * (at->norm / radius - 1);
    if (newton > low && newton < high) {
      lambda = newton;
    } else if (low > 0) {
      lambda = std::sqrt(low) * std::sqrt(high);
    } else {
      if (singular) return std::nullopt;
      lambda = lambda > 0 ? 0 : 0.5 * high;
    }
    if (!(low <= lambda && lambda < high)) return std::nullopt;
  }
  return std::nullopt;
}

/**
 * The step on the boundary from a factor close to it: s = s₀ − δA⁻¹s with A = H + λI, and δ such that ‖s‖ = Δ. Each
 * round costs two triangular solves. Nothing where the rounds do not gain digits quickly.
 */
std::optional<TrustRegionStep> DenseModel::refined(const Solution& at, double radius) {
  const double excess = (at.norm - radius) / radius;
  if (!(std::abs(excess) <= kNear)) return std::nullopt;
  std::vector<double> s = at.s, change = at.s, u(n_, 0.0), direction(n_);
  double delta = 0, last = radius;
  for (;;) {
    pool_.poll();
    blas::trsvLower(false, n_, factor_.data(), n_, change.data());
    blas::trsvLower(true, n_, factor_.data(), n_, change.data());
    blas::axpy(n_, 1, change.data(), u.data());
    const double length = norm(u);
    for (int64_t i = 0; i < n_; ++i) direction[i] = u[i] / length;
    // ‖s₀/Δ − εv‖ = 1 with v = u/‖u‖ and ε = δ‖u‖/Δ: numbers near 1 in any units
    const double cosine = blas::dot(n_, at.s.data(), direction.data()) / radius;
    const double difference = excess * (excess + 2), discriminant = cosine * cosine - difference;
    if (!(discriminant >= 0)) return std::nullopt;
    const double distance = difference / (cosine + std::sqrt(discriminant)) * radius;
    delta = distance / length;
    for (int64_t i = 0; i < n_; ++i) {
      const double next = at.s[i] - distance * direction[i];
      change[i] = next - s[i];
      s[i] = next;
    }
    const double moved = norm(change);
    if (moved <= 4 * kEpsilon * radius) break;
    if (!(moved <= kGain * last)) return std::nullopt;
    last = moved;
  }
  if (!(at.lambda + delta > 0)) return std::nullopt;
  return result(s, at.lambda + delta, true, radius);
}

/** H is singular to rounding, or indefinite. */
TrustRegionStep DenseModel::bySpectrum(Radius radius) {
  if (!spectral_) {
    ++factorizations_;
    spectral_.emplace(*H_, *g_);
  }
  return spectral_->minimize(radius);
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

/** s = −(H + λI)⁻¹g by Cholesky; nothing where H + λI is not positive definite beyond rounding. */
std::optional<DenseModel::Solution> DenseModel::solve(double lambda) {
  copyShifted(lambda);
  ++factorizations_;
  if (cholesky(n_, factor_.data(), pool_) != 0 || isSingular(lambda)) return std::nullopt;
  std::vector<double> s(n_);
  for (int64_t i = 0; i < n_; ++i) s[i] = -(*g_)[i];
  blas::trsvLower(false, n_, factor_.data(), n_, s.data());
  blas::trsvLower(true, n_, factor_.data(), n_, s.data());
  const double length = norm(s);
  // OpenBLAS lets NaN pass where LAPACK says that the matrix is not positive.
  if (!std::isfinite(length)) return std::nullopt;
  pool_.poll();
  std::vector<double> q = s;
  blas::trsvLower(false, n_, factor_.data(), n_, q.data());
  return Solution{lambda, std::move(s), length, square(length / norm(q))};
}

/** Whether a column of H + λI depends on those before it, to rounding: a pivot has no digit left. */
bool DenseModel::isSingular(double lambda) const {
  for (int64_t i = 0; i < n_; ++i) {
    const double pivot = factor_[i * (n_ + 1)], entry = (*H_)[i * (n_ + 1)] + lambda;
    if (!(pivot * pivot > static_cast<double>(n_) * kEpsilon * entry)) return true;
  }
  return false;
}

/** With Hs = −g − λs the reduction needs no product: −½gᵀs + ½λ‖s‖². */
TrustRegionStep DenseModel::result(const std::vector<double>& s, double lambda, bool onBoundary, double radius) const {
  TrustRegionStep step;
  step.s = s;
  step.norm = norm(s);
  step.multiplier = lambda;
  step.onBoundary = onBoundary;
  step.radius = radius;
  step.reduction = 0.5 * lambda * step.norm * step.norm - 0.5 * blas::dot(n_, g_->data(), s.data());
  return step;
}

}  // namespace gnvpro
