#include "elimination/linear.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "blas/blas.h"
#include "parallel/zeros.h"

namespace gnvpro {
namespace {

std::vector<double> roots(std::span<const double> weights) {
  std::vector<double> factors(weights.begin(), weights.end());
  for (double& factor : factors) factor = std::sqrt(factor);
  return factors;
}

}  // namespace

/** K T Tᵀ */
void LinearFactor::solve(double* K, const Cancel&) {
  const int64_t m = problem_.basis(), t = problem_.targets;
  blas::gemm(false, false, t, m, m, 1, K, m, at_->T.data(), m, 0, KT_.data(), m);
  blas::gemm(false, true, t, m, m, 1, KT_.data(), m, at_->T.data(), m, 0, K, m);
}

/** t ‖b_n‖²/ω_n, since B = ΩZ̃T/√N. */
std::vector<double> LinearFactor::leverages(const Cancel&) {
  const int64_t m = problem_.basis();
  std::vector<double> leverages(problem_.samples.count);
  for (int64_t n = 0; n < problem_.samples.count; ++n) {
    const double weight = at_->curvature[n];
    const double square = blas::dot(m, at_->B.data() + n * m, at_->B.data() + n * m);
    leverages[n] = weight > 0 ? static_cast<double>(problem_.targets) * square / weight : 0;
  }
  return leverages;
}

/** The columns of T are those of an orthogonal matrix over the singular values, or T is the inverse of a triangle. */
double LinearFactor::logDeterminant() {
  const int64_t m = problem_.basis();
  const double* T = at_->T.data();
  double sum = 0;
  for (int64_t j = 0; j < m; ++j) {
    double square = T[j * (m + 1)] * T[j * (m + 1)];
    if (problem_.alphaW == 0) {
      square = 0;
      for (int64_t i = 0; i < m; ++i) square += T[i * m + j] * T[i * m + j];
    }
    if (square > 0) sum -= std::log(square);
  }
  return static_cast<double>(problem_.targets) * sum;
}

/** t ‖T‖² */
double LinearFactor::traceOfInverse() {
  const auto size = static_cast<int64_t>(at_->T.size());
  return static_cast<double>(problem_.targets) * blas::dot(size, at_->T.data(), at_->T.data());
}

LinearElimination::LinearElimination(const Problem& problem, ConvexLoss& loss, const Tiling& tiling, Pool& pool,
                                     const Poll& poll)
    : Elimination(problem, loss, tiling, pool),
      roots_(roots(problem.sampleWeights)),
      qr_(tiling, problem.features, problem.bias, poll),
      factor_(problem),
      coefficientSums_(tiling, problem.basis() * problem.targets, pool),
      coefficients_(problem.basis() * problem.targets),
      losses_(tiling, 1, pool),
      biases_(problem.targets),
      top_(problem.basis() * problem.basis()) {}

/** The curvature, ω, is the same at all points. */
Eliminated LinearElimination::allocate(const Poll& poll) const {
  const int64_t m = problem_.basis();
  Eliminated at = Elimination::allocate(poll);
  std::fill(at.curvature.begin(), at.curvature.end(), 1.0);
  std::copy(problem_.sampleWeights.begin(), problem_.sampleWeights.end(), at.curvature.begin());
  at.B = zeros(problem_.samples.count * m, poll);
  at.T.resize(m * m);
  return at;
}

bool LinearElimination::solve(const double* Z, Eliminated& out, const Cancel& cancel) {
  if (!allFinite(Z, problem_.features, tiling_, pool_)) return false;
  out.Z = Z;
  cancel.poll();
  qr_.factorize(Z, roots_, problem_.alphaW, pool_);
  if (problem_.alphaW > 0) {
    invertTriangle(out);
  } else if (!truncatedSvd(out)) {
    return false;
  }
  qr_.applyTop(top_.data(), out.B.data(), pool_);
  cancel.poll();
  solveForW(out);
  residual(Z, out);
  return std::isfinite(out.loss + out.regularization);
}

/** B = √ΩQ₁ and T = R⁻¹ of the augmented factorisation. */
void LinearElimination::invertTriangle(Eliminated& out) {
  const int64_t m = problem_.basis();
  std::fill(top_.begin(), top_.end(), 0.0);
  for (int64_t i = 0; i < m; ++i) top_[i * m + i] = 1;
  std::vector<double> inverse = top_;
  blas::trsmUpper(false, m, m, qr_.R(), m, inverse.data(), m);
  for (int64_t i = 0; i < m; ++i) {
    for (int64_t j = 0; j < m; ++j) out.T[i * m + j] = inverse[j * m + i];
  }
  out.rank = m;
}

/**
 * B = √ΩQ₁ U_R and T = V diag(1/s) of R = U_R diag(s) Vᵀ, with zeros where s counts as zero. False where finite
 * features are so large that R overflows.
 */
bool LinearElimination::truncatedSvd(Eliminated& out) {
  const int64_t m = problem_.basis();
  if (!std::all_of(qr_.R(), qr_.R() + m * m, [](double x) { return std::isfinite(x); })) return false;
  std::vector<double> s(m), Vt(m * m);
  blas::svd(m, m, qr_.R(), s.data(), top_.data(), Vt.data());
  const double tolerance =
      std::numeric_limits<double>::epsilon() * static_cast<double>(std::max(problem_.samples.total, m)) * s[0];
  out.rank = std::count_if(s.begin(), s.end(), [&](double si) { return si > tolerance; });
  for (int64_t j = 0; j < m; ++j) {
    const bool kept = s[j] > tolerance;
    for (int64_t i = 0; i < m; ++i) out.T[i * m + j] = kept ? Vt[i * m + j] / s[j] : 0;
    if (!kept) std::fill_n(top_.data() + j * m, m, 0.0);
  }
  return true;
}

/** The rows of B times √ω, and W = (T BᵀC/√N)ᵀ. */
void LinearElimination::solveForW(Eliminated& out) {
  const int64_t m = problem_.basis(), t = problem_.targets;
  coefficientSums_.run(coefficients_.data(), [&](const Tile& tile, const Place& place, double* sum) {
    scaleRows(tile, m, out.B.data());
    blas::gemm(true, false, m, t, tile.rows(), 1, out.B.data() + tile.begin * m, m,
               problem_.C.rows(tile.begin, tile.rows(), t, place.worker), t, place.isFirst ? 0 : 1, sum, t);
  });
  const double scale = 1 / std::sqrt(static_cast<double>(problem_.samples.total));
  blas::gemm(true, true, t, m, m, scale, coefficients_.data(), t, out.T.data(), m, 0, out.W.data(), m);
  out.regularization = 0.5 * problem_.alphaW * blas::dot(t * m, out.W.data(), out.W.data());
}

/** The tile's rows of an N × columns array, times √ω. */
void LinearElimination::scaleRows(const Tile& tile, int64_t columns, double* rows) const {
  if (roots_.empty()) return;
  for (int64_t n = tile.begin; n < tile.end; ++n) {
    for (int64_t j = 0; j < columns; ++j) rows[n * columns + j] *= roots_[n];
  }
}

void LinearElimination::residual(const double* Z, Eliminated& out) {
  const int64_t w = problem_.features, m = problem_.basis(), t = problem_.targets;
  for (int64_t j = 0; j < t; ++j) biases_[j] = problem_.bias ? out.W[j * m + w] : 0;
  double total = 0;
  losses_.run(&total, [&](const Tile& tile, const Place& place, double* sum) {
    double* R = out.R.data() + tile.begin * t;
    const double* C = problem_.C.rows(tile.begin, tile.rows(), t, place.worker);
    for (int64_t n = 0; n < tile.rows(); ++n) {
      for (int64_t j = 0; j < t; ++j) R[n * t + j] = biases_[j] - C[n * t + j];
    }
    blas::gemm(false, true, tile.rows(), t, w, 1, Z + tile.begin * w, w, out.W.data(), m, 1, R, t);
    scaleRows(tile, t, out.R.data());
    *sum = (place.isFirst ? 0 : *sum) + blas::dot(tile.rows() * t, R, R);
    scaleRows(tile, t, out.R.data());
  });
  out.loss = total / (2 * static_cast<double>(problem_.samples.total));
}

int64_t LinearElimination::memoryBytes() const { return qr_.memoryBytes() + coefficientSums_.memoryBytes(); }

}  // namespace gnvpro
