#include "elimination/linear.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "blas/blas.h"
#include "elimination/hat_basis.h"
#include "elimination/residual_rows.h"

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
      const double weight = problem_.sampleWeights.empty() ? 1 : problem_.sampleWeights[n];
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
      defects_(qr_.tiling(), 1, pool),
      tileB_(tiling.workers(), tiling.tileRows() * problem.basis()),
      tileR_(tiling.workers(), tiling.tileRows() * problem.targets) {}

bool LinearElimination::solve(const Features& features, Eliminated& out, const Cancel& cancel) {
  out.Z = features.data();
  if (!factorize(features, cancel)) return false;
  // An α_W so small that rounding of the features hides it cannot make dependent ones independent.
  const bool hasRank = problem_.alphaW > 0 && invertTriangle(out);
  if (!hasRank && !truncatedSvd(out)) return false;
  if (out.condition > kLargestCondition) orthonormalize(features, out, cancel);
  residual(features, out, cancel);
  return std::isfinite(out.loss + out.regularization);
}

/** R and K. False where features are not finite. */
bool LinearElimination::factorize(const Features& features, const Cancel& cancel) {
  double defects = 0;
  const auto add = [&](const Tile& tile, const Place& place, const double* Z) {
    qr_.add(tile, place, Z);
    defects_.add(place, [&](double* sum) {
      const auto found = countDefects(Z, tile.rows() * problem_.features);
      *sum = (place.isFirst ? 0 : *sum) + static_cast<double>(found);
    });
  };
  features.visit(qr_.tiling(), add, cancel);
  defects_.total(&defects);
  if (defects > 0) return false;
  qr_.finish(problem_.alphaW);
  return true;
}

/** T = R⁻¹ of the augmented factorisation. False where R is singular to rounding. */
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
  if (!(out.condition * relativeRounding() < 1)) return false;
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
  const double tolerance = relativeRounding() * s[0];
  const int64_t kept = std::count_if(s.begin(), s.end(), [&](double si) { return si > tolerance; });
  out.rank = problem_.alphaW > 0 ? m : kept;
  out.logDeterminant = 0;
  for (int64_t j = 0; j < m; ++j) {
    const bool isKept = s[j] > tolerance;
    for (int64_t i = 0; i < m; ++i) out.T[i * m + j] = isKept ? Vt[i * m + j] / s[j] : 0;
    if (isKept) out.logDeterminant += 2 * std::log(s[j]);
  }
  out.condition = kept == 0 ? 1 : s[0] / s[kept - 1];
  blas::gemm(false, false, m, t, m, 1, U.data(), m, qr_.K(), t, 0, K.data(), t);
  solveForW(K.data(), out);
  return true;
}

/** What of the largest singular value counts as zero. */
double LinearElimination::relativeRounding() const {
  const int64_t size = std::max(problem_.samples.total, problem_.basis());
  return std::numeric_limits<double>::epsilon() * static_cast<double>(size);
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
void LinearElimination::orthonormalize(const Features& features, Eliminated& out, const Cancel& cancel) {
  const int64_t m = problem_.basis();
  std::vector<double> gram(m * m);
  const auto add = [&](const Tile& tile, const Place& place, const double* Z) {
    double* B = tileB_.of(place.worker);
    basisRows(problem_, out, tile, Z, B);
    for (int64_t i = 0; !roots_.empty() && i < tile.rows() * m; ++i) {
      const double root = roots_[tile.begin + i / m];
      B[i] = root > 0 ? B[i] / root : 0;
    }
    gramSums_.add(place, [&](double* sum) { blas::syrkLower(m, tile.rows(), 1, B, m, place.isFirst ? 0 : 1, sum, m); });
  };
  features.visit(tiling_, add, cancel);
  gramSums_.total(gram.data());
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

/** The loss, and R where it is kept. */
void LinearElimination::residual(const Features& features, Eliminated& out, const Cancel& cancel) {
  double total = 0;
  const auto add = [&](const Tile& tile, const Place& place, const double* Z) {
    double* R = out.R.empty() ? tileR_.of(place.worker) : out.R.data() + tile.begin * problem_.targets;
    const double share = formResidual(problem_, out, tile, Z, place.worker, R);
    losses_.add(place, [&](double* sum) { *sum = (place.isFirst ? 0 : *sum) + share; });
  };
  features.visit(tiling_, add, cancel);
  losses_.total(&total);
  out.loss = total / (2 * static_cast<double>(problem_.samples.total));
}

int64_t LinearElimination::memoryBytes() const {
  return qr_.memoryBytes() + gramSums_.memoryBytes() + tileB_.memoryBytes() + tileR_.memoryBytes();
}

}  // namespace gnvpro
