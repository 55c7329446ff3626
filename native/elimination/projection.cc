#include "elimination/projection.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "blas/blas.h"
#include "parallel/zeros.h"
#include "samples/finite.h"

namespace gnvpro {
namespace {

RowFactors roots(std::span<const double> weights) {
  RowFactors factors(weights.begin(), weights.end());
  for (double& factor : factors) factor = std::sqrt(factor);
  return factors;
}

}  // namespace

Projection::Projection(const Problem& problem, const Tiling& tiling, Pool& pool, const Poll& poll)
    : problem_(problem),
      tiling_(tiling),
      pool_(pool),
      rowFactors_(roots(problem.sampleWeights)),
      qr_(tiling, problem.features, problem.bias, problem.alphaW, poll),
      coefficientSums_(tiling, problem.basis() * problem.targets, pool),
      coefficients_(problem.basis() * problem.targets),
      losses_(tiling, 1, pool),
      biases_(problem.targets),
      top_(problem.basis() * problem.basis()) {
  if (rowFactors_.empty()) return;
  const int64_t t = problem.targets;
  weightedTargets_ = zeros(problem.samples.count * t, poll);
  for (int64_t i = 0; i < problem.samples.count * t; ++i) weightedTargets_[i] = rowFactors_[i / t] * problem.C[i];
}

const double* Projection::targets() const {
  return weightedTargets_.empty() ? problem_.C.data() : weightedTargets_.data();
}

bool Projection::solve(const double* Z, LeastSquaresProjected& out, const Cancel& cancel) {
  if (!allFinite(Z, problem_.features, tiling_, pool_)) return false;
  cancel.poll();
  qr_.factorize(Z, rowFactors_, pool_);
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

/** B = Q₁ and T = R⁻¹ of the augmented factorisation. */
void Projection::invertTriangle(LeastSquaresProjected& out) {
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
 * B = Q₁ U_R and T = V diag(1/s) of R = U_R diag(s) Vᵀ, with zeros where s counts as zero. False where finite features
 * are so large that R overflows.
 */
bool Projection::truncatedSvd(LeastSquaresProjected& out) {
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

/** W = (T Bᵀ C/√N)ᵀ */
void Projection::solveForW(LeastSquaresProjected& out) {
  const int64_t m = problem_.basis(), t = problem_.targets;
  coefficientSums_.run(coefficients_.data(), [&](const Tile& tile, const Place& place, double* sum) {
    blas::gemm(true, false, m, t, tile.rows(), 1, out.B.data() + tile.begin * m, m, targets() + tile.begin * t, t,
               place.isFirst ? 0 : 1, sum, t);
  });
  const double scale = 1 / std::sqrt(static_cast<double>(problem_.samples.total));
  blas::gemm(true, true, t, m, m, scale, coefficients_.data(), t, out.T.data(), m, 0, out.W.data(), m);
  out.regularization = 0.5 * problem_.alphaW * blas::dot(t * m, out.W.data(), out.W.data());
}

void Projection::scaleRows(const Tile& tile, double* R) const {
  if (rowFactors_.empty()) return;
  const int64_t t = problem_.targets;
  for (int64_t n = 0; n < tile.rows(); ++n) {
    for (int64_t j = 0; j < t; ++j) R[n * t + j] *= rowFactors_[tile.begin + n];
  }
}

void Projection::residual(const double* Z, LeastSquaresProjected& out) {
  const int64_t w = problem_.features, m = problem_.basis(), t = problem_.targets;
  for (int64_t j = 0; j < t; ++j) biases_[j] = problem_.bias ? out.W[j * m + w] : 0;
  double total = 0;
  losses_.run(&total, [&](const Tile& tile, const Place& place, double* sum) {
    double* R = out.R.data() + tile.begin * t;
    const double* C = problem_.C.data() + tile.begin * t;
    for (int64_t n = 0; n < tile.rows(); ++n) {
      for (int64_t j = 0; j < t; ++j) R[n * t + j] = biases_[j] - C[n * t + j];
    }
    blas::gemm(false, true, tile.rows(), t, w, 1, Z + tile.begin * w, w, out.W.data(), m, 1, R, t);
    scaleRows(tile, R);
    *sum = (place.isFirst ? 0 : *sum) + blas::dot(tile.rows() * t, R, R);
  });
  out.loss = total / (2 * static_cast<double>(problem_.samples.total));
}

}  // namespace gnvpro
