#include "varpro/operator.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "blas/blas.h"
#include "parallel/zeros.h"

namespace gnvpro {

ReducedOperator::ReducedOperator(const Problem& problem, const Program& jvp, const Program& vjp, const Tiling& tiling,
                                 Pool& pool, Stopwatch& stopwatch, const Poll& poll)
    : problem_(problem),
      tiling_(tiling),
      stopwatch_(stopwatch),
      jvp_(jvp, tiling, pool),
      vjp_(vjp, tiling, pool),
      D_(zeros(problem.samples * problem.features, poll)),
      U_(zeros(problem.samples * problem.features, poll)),
      hatSums_(tiling.groups(), problem.basis() * problem.features),
      residualSums_(tiling.groups(), full() ? problem.features * problem.targets : 0),
      BtD_(problem.basis() * problem.features),
      DtR_(full() ? problem.features * problem.targets : 0),
      M_(problem.features * problem.features),
      E_(problem.basis() * problem.features),
      F_(DtR_.size()),
      Ginverse_(problem.features * problem.features) {}

void ReducedOperator::setPoint(const Point* point) {
  // Memory comes first: where there is none, the operator stays at its point.
  Bindings forward{{problem_.Y.data()}, {point->theta.data(), point->fixedResiduals.data(), nullptr}, {D_.data()}, {}};
  for (const auto& residual : point->residuals) forward.sampleInputs.push_back(residual.data());
  Bindings backward{forward.sampleInputs, {point->theta.data(), point->fixedResiduals.data()}, {}, {nullptr}};
  backward.sampleInputs.push_back(U_.data());
  point_ = point;
  forward_ = std::move(forward);
  backward_ = std::move(backward);
  weighed_ = false;
}

/** What products need of the point: made by the first of them, off the main thread. */
void ReducedOperator::weigh() {
  const int64_t w = problem_.features, m = problem_.basis(), t = problem_.targets;
  const double N = static_cast<double>(problem_.samples);
  const double* W = point_->projected.W.data();
  const double* T = point_->projected.T.data();
  blas::gemm(true, false, w, w, t, 1 / N, W, m, W, m, 0, M_.data(), w);
  blas::gemm(false, true, w, w, m, 1, T, m, T, m, 0, Ginverse_.data(), w);
  weighed_ = true;
}

void ReducedOperator::forwardDerivative(const double* v, const Executor::TileHook& after, const Cancel& cancel) {
  const Timer timer(stopwatch_.network);
  forward_.vectorInputs[2] = v;
  jvp_.run(forward_, nullptr, after, &cancel);
}

void ReducedOperator::pullBack(double* g, const Executor::TileHook& before, const Cancel& cancel) {
  const Timer timer(stopwatch_.network);
  backward_.vectorOutputs[0] = g;
  vjp_.run(backward_, before, nullptr, &cancel);
}

void ReducedOperator::gradient(double* g, const Cancel& cancel) {
  const int64_t w = problem_.features, m = problem_.basis(), t = problem_.targets;
  const double scale = 1 / static_cast<double>(problem_.samples);
  const Projected& at = point_->projected;
  const auto cotangent = [&](const Tile& tile, int64_t, int) {
    blas::gemm(false, false, tile.rows(), w, t, scale, at.R.data() + tile.begin * t, t, at.W.data(), m, 0,
               U_.data() + tile.begin * w, w);
  };
  pullBack(g, cotangent, cancel);
  for (int64_t i = 0; i < problem_.weights; ++i) g[i] += point_->regularizerGradient[i];
}

void ReducedOperator::product(const double* v, double* Hv, const Cancel& cancel) {
  if (!weighed_) weigh();
  forwardDerivative(
      v, [this](const Tile& tile, int64_t group, int) { accumulate(tile, group); }, cancel);
  combine();
  pullBack(
      Hv, [this](const Tile& tile, int64_t, int) { fillCotangent(tile); }, cancel);
  problem_.regularizer.addProduct(v, Hv);
}

/** The tile's share of BᵀD and DᵀR. */
void ReducedOperator::accumulate(const Tile& tile, int64_t group) {
  const int64_t w = problem_.features, m = problem_.basis(), t = problem_.targets;
  const bool first = tile.begin == tiling_.tile(tiling_.group(group).first).begin;
  const double* D = D_.data() + tile.begin * w;
  const Projected& at = point_->projected;
  blas::gemm(true, false, m, w, tile.rows(), 1, at.B.data() + tile.begin * m, m, D, w, first ? 0 : 1,
             hatSums_.part(group), w);
  if (!full()) return;
  blas::gemm(true, false, w, t, tile.rows(), 1, D, w, at.R.data() + tile.begin * t, t, first ? 0 : 1,
             residualSums_.part(group), t);
}

void ReducedOperator::combine() {
  const int64_t w = problem_.features, m = problem_.basis(), t = problem_.targets;
  hatSums_.combine(BtD_.data());
  blas::gemm(false, false, m, w, w, 1, BtD_.data(), w, M_.data(), w, 0, E_.data(), w);
  if (!full()) return;
  residualSums_.combine(DtR_.data());
  const double N = static_cast<double>(problem_.samples);
  blas::gemm(true, false, t, w, w, 1 / (N * N), DtR_.data(), t, Ginverse_.data(), w, 0, F_.data(), w);
}

void ReducedOperator::fillCotangent(const Tile& tile) {
  const int64_t w = problem_.features, m = problem_.basis(), t = problem_.targets;
  const Projected& at = point_->projected;
  double* U = U_.data() + tile.begin * w;
  blas::gemm(false, false, tile.rows(), w, w, 1, D_.data() + tile.begin * w, w, M_.data(), w, 0, U, w);
  blas::gemm(false, false, tile.rows(), w, m, -1, at.B.data() + tile.begin * m, m, E_.data(), w, 1, U, w);
  if (!full()) return;
  blas::gemm(false, false, tile.rows(), w, t, 1, at.R.data() + tile.begin * t, t, F_.data(), w, 1, U, w);
}

std::vector<double> ReducedOperator::jacobianProduct(const double* v, const Cancel& cancel) {
  const int64_t N = problem_.samples, w = problem_.features, m = problem_.basis(), t = problem_.targets;
  const double root = std::sqrt(static_cast<double>(N)), alpha = std::sqrt(problem_.alphaW);
  const Projected& at = point_->projected;
  forwardDerivative(v, nullptr, cancel);
  std::vector<double> J((N + m) * t);
  double* lower = J.data() + N * t;
  // K = Tᵀ DᵀR/N, m × t; without the second part it is zero.
  std::vector<double> BtDW(m * t), BtD(m * w), K(m * t), DtR(w * t);
  blas::gemm(true, false, m, w, N, 1, at.B.data(), m, D_.data(), w, 0, BtD.data(), w);
  blas::gemm(false, true, m, t, w, 1 / root, BtD.data(), w, at.W.data(), m, 0, BtDW.data(), t);
  if (full()) {
    blas::gemm(true, false, w, t, N, 1 / static_cast<double>(N), D_.data(), w, at.R.data(), t, 0, DtR.data(), t);
    blas::gemm(true, false, m, t, w, 1, at.T.data(), m, DtR.data(), t, 0, K.data(), t);
  }
  for (int64_t i = 0; i < m * t; ++i) BtDW[i] += K[i];
  blas::gemm(false, true, N, t, w, 1 / root, D_.data(), w, at.W.data(), m, 0, J.data(), t);
  blas::gemm(false, false, N, t, m, -1, at.B.data(), m, BtDW.data(), t, 1, J.data(), t);
  blas::gemm(false, false, m, t, m, -alpha, at.T.data(), m, BtDW.data(), t, 0, lower, t);
  return J;
}

std::vector<double> ReducedOperator::jacobianTransposeProduct(const double* u, const Cancel& cancel) {
  const int64_t N = problem_.samples, w = problem_.features, m = problem_.basis(), t = problem_.targets;
  const double root = std::sqrt(static_cast<double>(N)), alpha = std::sqrt(problem_.alphaW);
  const Projected& at = point_->projected;
  // S = Bᵀu₁ + √α_W Tᵀu₂: both parts read u through it.
  std::vector<double> S(m * t), left(N * t), g(problem_.weights);
  blas::gemm(true, false, m, t, N, 1, at.B.data(), m, u, t, 0, S.data(), t);
  blas::gemm(true, false, m, t, m, alpha, at.T.data(), m, u + N * t, t, 1, S.data(), t);
  std::copy_n(u, N * t, left.data());
  blas::gemm(false, false, N, t, m, -1, at.B.data(), m, S.data(), t, 1, left.data(), t);
  blas::gemm(false, false, N, w, t, 1 / root, left.data(), t, at.W.data(), m, 0, U_.data(), w);
  if (full()) {
    std::vector<double> TS(m * t);
    blas::gemm(false, false, m, t, m, 1, at.T.data(), m, S.data(), t, 0, TS.data(), t);
    blas::gemm(false, true, N, w, t, -1 / static_cast<double>(N), at.R.data(), t, TS.data(), t, 1, U_.data(), w);
  }
  pullBack(g.data(), nullptr, cancel);
  return g;
}

int64_t ReducedOperator::memoryBytes() const {
  const int64_t doubles =
      static_cast<int64_t>(D_.size() + U_.size() + BtD_.size() + DtR_.size() + E_.size() + F_.size());
  const int64_t sums = tiling_.groups() * static_cast<int64_t>(BtD_.size() + DtR_.size());
  return 8 * (doubles + sums) + jvp_.memoryBytes() + vjp_.memoryBytes();
}

}  // namespace gnvpro
