#include "elimination/linear.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "blas/blas.h"
#include "elimination/hat_basis.h"

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
std::vector<double> LinearFactor::leverages(const Cancel& cancel) {
  constexpr int64_t kRows = 512;  // of B at a time
  const int64_t N = problem_.samples.count, m = problem_.basis(), w = problem_.features;
  std::vector<double> leverages(N), B(std::min(kRows, N) * m);
  for (int64_t begin = 0; begin < N; begin += kRows) {
    cancel.poll();
    const Tile tile{begin, std::min(begin + kRows, N)};
    basisRows(problem_, *at_, tile, at_->Z + begin * w, B.data());
    for (int64_t n = tile.begin; n < tile.end; ++n) {
      const double* row = B.data() + (n - begin) * m;
      const double weight = at_->curvature[n];
      leverages[n] = weight > 0 ? static_cast<double>(problem_.targets) * blas::dot(m, row, row) / weight : 0;
    }
  }
  return leverages;
}

double LinearFactor::logDeterminant() { return static_cast<double>(problem_.targets) * at_->logDeterminant; }

/** t ‖T‖² */
double LinearFactor::traceOfInverse() {
  const auto size = static_cast<int64_t>(at_->T.size());
  return static_cast<double>(problem_.targets) * blas::dot(size, at_->T.data(), at_->T.data());
}

LinearElimination::LinearElimination(const Problem& problem, ConvexLoss& loss, const Tiling& tiling, Pool& pool,
                                     const Poll& poll)
    : Elimination(problem, loss, tiling, pool),
      roots_(roots(problem.sampleWeights)),
      qr_(tiling, problem.features, problem.bias, roots_, problem_.C, problem.targets, pool, poll),
      factor_(problem),
      gramSums_(tiling, problem.basis() * problem.basis(), pool),
      losses_(tiling, 1, pool),
      biases_(problem.targets) {
  for (int i = 0; i < tiling.workers(); ++i) rowsOfB_.emplace_back(tiling.tileRows() * problem.basis());
}

/** The curvature, ω, is the same at all points. */
Eliminated LinearElimination::allocate(const Poll& poll) const {
  Eliminated at = Elimination::allocate(poll);
  std::fill(at.curvature.begin(), at.curvature.end(), 1.0);
  std::copy(problem_.sampleWeights.begin(), problem_.sampleWeights.end(), at.curvature.begin());
  at.T.resize(problem_.basis() * problem_.basis());
  return at;
}

bool LinearElimination::solve(const double* Z, Eliminated& out, const Cancel& cancel) {
  if (!allFinite(Z, problem_.features, tiling_, pool_)) return false;
  out.Z = Z;
  cancel.poll();
  qr_.tiling().visit(
      pool_, [&](const Tile& tile, const Place& place) { qr_.add(tile, place, Z + tile.begin * problem_.features); });
  qr_.finish(problem_.alphaW);
  const bool isSolved = problem_.alphaW > 0 ? invertTriangle(out) : truncatedSvd(out);
  if (!isSolved) return false;
  if (out.condition > kLargestCondition) orthonormalize(out);
  residual(Z, out);
  return std::isfinite(out.loss + out.regularization);
}

/** T = R⁻¹ of the augmented factorisation. */
bool LinearElimination::invertTriangle(Eliminated& out) const {
  const int64_t m = problem_.basis();
  const double* R = qr_.R();
  std::vector<double> inverse(m * m);
  for (int64_t i = 0; i < m; ++i) inverse[i * (m + 1)] = 1;
  blas::trsmUpper(false, m, m, R, m, inverse.data(), m);
  out.logDeterminant = 0;
  for (int64_t i = 0; i < m; ++i) {
    for (int64_t j = 0; j < m; ++j) out.T[i * m + j] = inverse[j * m + i];
    out.logDeterminant += 2 * std::log(std::abs(R[i * (m + 1)]));
  }
  out.rank = m;
  out.condition = blas::norm2(m * m, R) * blas::norm2(m * m, out.T.data());
  solveForW(qr_.K(), out);
  return true;
}

/**
 * T = V diag(1/s) of R = U_R diag(s) Vᵀ, with zeros where s counts as zero. False where finite features are so large
 * that R overflows.
 */
bool LinearElimination::truncatedSvd(Eliminated& out) const {
  const int64_t m = problem_.basis(), t = problem_.targets;
  if (!std::all_of(qr_.R(), qr_.R() + m * m, [](double x) { return std::isfinite(x); })) return false;
  std::vector<double> s(m), U(m * m), Vt(m * m), K(m * t);
  blas::svd(m, m, qr_.R(), s.data(), U.data(), Vt.data());
  const double tolerance =
      std::numeric_limits<double>::epsilon() * static_cast<double>(std::max(problem_.samples.total, m)) * s[0];
  out.rank = std::count_if(s.begin(), s.end(), [&](double si) { return si > tolerance; });
  out.logDeterminant = 0;
  for (int64_t j = 0; j < m; ++j) {
    const bool kept = s[j] > tolerance;
    for (int64_t i = 0; i < m; ++i) out.T[i * m + j] = kept ? Vt[i * m + j] / s[j] : 0;
    if (kept) out.logDeterminant += 2 * std::log(s[j]);
  }
  out.condition = out.rank == 0 ? 1 : s[0] / s[out.rank - 1];
  blas::gemm(false, false, m, t, m, 1, U.data(), m, qr_.K(), t, 0, K.data(), t);
  solveForW(K.data(), out);
  return true;
}

/** W = (T K)ᵀ/√N, K m × t. */
void LinearElimination::solveForW(const double* K, Eliminated& out) const {
  const int64_t m = problem_.basis(), t = problem_.targets;
  const double scale = 1 / std::sqrt(static_cast<double>(problem_.samples.total));
  blas::gemm(true, true, t, m, m, scale, K, t, out.T.data(), m, 0, out.W.data(), m);
  out.regularization = 0.5 * problem_.alphaW * blas::dot(t * m, out.W.data(), out.W.data());
}

/**
 * T ← T L⁻ᵀ for LLᵀ = BᵀΩ⁻¹B + α_W TᵀT, which is I but for the rounding of Z̃T, in proportion to the condition: then
 * the columns of [Ω^(−½)B ; √α_W T] are orthonormal to rounding again (Yamamoto et al., ETNA 44, 2015).
 */
void LinearElimination::orthonormalize(Eliminated& out) {
  const int64_t m = problem_.basis(), w = problem_.features;
  std::vector<double> gram(m * m);
  gramSums_.run(gram.data(), [&](const Tile& tile, const Place& place, double* sum) {
    double* B = rowsOfB_[place.worker].data();
    basisRows(problem_, out, tile, out.Z + tile.begin * w, B);
    for (int64_t i = 0; !roots_.empty() && i < tile.rows() * m; ++i) {
      const double root = roots_[tile.begin + i / m];
      B[i] = root > 0 ? B[i] / root : 0;
    }
    blas::syrkLower(m, tile.rows(), 1, B, m, place.isFirst ? 0 : 1, sum, m);
  });
  blas::syrkLower(m, m, problem_.alphaW, out.T.data(), m, 1, gram.data(), m);
  for (int64_t i = 0; i < m; ++i) {
    for (int64_t j = 0; j < i; ++j) gram[j * m + i] = gram[i * m + j];
    if (gram[i * (m + 1)] == 0) gram[i * (m + 1)] = 1;  // a direction that is left out
  }
  if (blas::potrfLower(m, gram.data(), m) != 0) return;  // beyond all precision: T as it is
  // Row-major T is Tᵀ by columns: L⁻¹Tᵀ.
  std::vector<double> transposed(m * m);
  for (int64_t i = 0; i < m; ++i) {
    for (int64_t j = 0; j < m; ++j) transposed[j * m + i] = out.T[i * m + j];
  }
  blas::trsmLowerRight(m, m, gram.data(), m, transposed.data(), m);
  for (int64_t i = 0; i < m; ++i) {
    for (int64_t j = 0; j < m; ++j) out.T[i * m + j] = transposed[j * m + i];
  }
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

int64_t LinearElimination::memoryBytes() const { return qr_.memoryBytes() + gramSums_.memoryBytes(); }

}  // namespace gnvpro
