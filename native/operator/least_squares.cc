#include "operator/least_squares.h"

#include <algorithm>
#include <cmath>

#include "blas/blas.h"
#include "kernels/block_product.h"
#include "parallel/zeros.h"

namespace gnvpro {

LeastSquares::LeastSquares(const Problem& problem, const Programs& programs, const Tiling& tiling, Pool& pool,
                           Stopwatch& stopwatch, const Poll& poll)
    : problem_(problem),
      programs_(programs),
      pool_(pool),
      projection_(problem, tiling, pool, poll),
      network_(problem, *programs.jvp, *programs.vjp, tiling, pool, stopwatch, poll),
      hatSums_(tiling, problem.basis() * problem.features, pool),
      residualSums_(tiling, full() ? problem.features * problem.targets : 0, pool),
      BtD_(problem.basis() * problem.features),
      DtR_(full() ? problem.features * problem.targets : 0),
      M_(problem.features * problem.features),
      E_(problem.basis() * problem.features),
      F_(DtR_.size()),
      Ginverse_(problem.features * problem.features) {
  if (!projection_.rowFactors().empty()) network_.setRowFactors(&projection_.rowFactors());
}

std::unique_ptr<Projected> LeastSquares::allocate(const Poll& poll) const {
  const int64_t N = problem_.samples.count, m = problem_.basis(), t = problem_.targets;
  auto projected = std::make_unique<LeastSquaresProjected>();
  projected->W.resize(t * m);
  projected->R = zeros(N * t, poll);
  projected->B = zeros(N * m, poll);
  projected->T.resize(m * m);
  return projected;
}

bool LeastSquares::project(const double* Z, const double*, Projected& out, const Cancel& cancel) {
  return projection_.solve(Z, static_cast<LeastSquaresProjected&>(out), cancel);
}

void LeastSquares::setPoint(const Point* point) {
  network_.setPoint(point);
  point_ = point;
  weighed_ = false;
}

/** What products need of the point: made by the first of them, off the main thread. */
void LeastSquares::weigh() {
  const int64_t w = problem_.features, m = problem_.basis(), t = problem_.targets;
  const double N = static_cast<double>(problem_.samples.total);
  const double* W = at().W.data();
  const double* T = at().T.data();
  blas::gemm(true, false, w, w, t, 1 / N, W, m, W, m, 0, M_.data(), w);
  blas::gemm(false, true, w, w, m, 1, T, m, T, m, 0, Ginverse_.data(), w);
  weighed_ = true;
}

void LeastSquares::product(const double* v, double* Hv, double*, const Cancel& cancel) {
  if (!weighed_) weigh();
  network_.forward(
      v, [this](const Tile& tile, const Place& place) { accumulate(tile, place); }, cancel);
  combine();
  network_.backward(
      Hv, [this](const Tile& tile, const Place&) { fillCotangent(tile); }, cancel);
  problem_.regularizer.addProduct(v, Hv);
}

/** The tile's share of BᵀD and DᵀR. */
void LeastSquares::accumulate(const Tile& tile, const Place& place) {
  const int64_t w = problem_.features, m = problem_.basis(), t = problem_.targets;
  const double* D = network_.D() + tile.begin * w;
  hatSums_.add(place, [&](double* sum) {
    block_product::transposedTimes(m, w, tile.rows(), at().B.data() + tile.begin * m, m, D, w, !place.isFirst, sum, w);
  });
  if (!full()) return;
  residualSums_.add(place, [&](double* sum) {
    block_product::transposedTimes(w, t, tile.rows(), D, w, at().R.data() + tile.begin * t, t, !place.isFirst, sum, t);
  });
}

void LeastSquares::combine() {
  const int64_t w = problem_.features, m = problem_.basis(), t = problem_.targets;
  hatSums_.total(BtD_.data());
  blas::gemm(false, false, m, w, w, 1, BtD_.data(), w, M_.data(), w, 0, E_.data(), w);
  if (!full()) return;
  residualSums_.total(DtR_.data());
  const double N = static_cast<double>(problem_.samples.total);
  blas::gemm(true, false, t, w, w, 1 / (N * N), DtR_.data(), t, Ginverse_.data(), w, 0, F_.data(), w);
}

void LeastSquares::fillCotangent(const Tile& tile) {
  const int64_t w = problem_.features, m = problem_.basis(), t = problem_.targets;
  double* U = network_.U() + tile.begin * w;
  block_product::times(tile.rows(), w, w, 1, network_.D() + tile.begin * w, w, M_.data(), w, false, U, w);
  block_product::times(tile.rows(), w, m, -1, at().B.data() + tile.begin * m, m, E_.data(), w, true, U, w);
  if (!full()) return;
  block_product::times(tile.rows(), w, t, 1, at().R.data() + tile.begin * t, t, F_.data(), w, true, U, w);
}

std::vector<double> LeastSquares::jacobianProduct(const double* v, const Cancel& cancel) {
  const int64_t N = problem_.samples.count, w = problem_.features, m = problem_.basis(), t = problem_.targets;
  const double root = std::sqrt(static_cast<double>(problem_.samples.total)), alpha = std::sqrt(problem_.alphaW);
  network_.forward(v, nullptr, cancel);
  std::vector<double> J((N + m) * t);
  double* lower = J.data() + N * t;
  // K = Tᵀ DᵀR/N, m × t; without the second part it is zero.
  std::vector<double> BtDW(m * t), BtD(m * w), K(m * t), DtR(w * t);
  blas::gemm(true, false, m, w, N, 1, at().B.data(), m, network_.D(), w, 0, BtD.data(), w);
  blas::gemm(false, true, m, t, w, 1 / root, BtD.data(), w, at().W.data(), m, 0, BtDW.data(), t);
  if (full()) {
    blas::gemm(true, false, w, t, N, 1 / static_cast<double>(problem_.samples.total), network_.D(), w, at().R.data(), t,
               0, DtR.data(), t);
    blas::gemm(true, false, m, t, w, 1, at().T.data(), m, DtR.data(), t, 0, K.data(), t);
  }
  for (int64_t i = 0; i < m * t; ++i) BtDW[i] += K[i];
  blas::gemm(false, true, N, t, w, 1 / root, network_.D(), w, at().W.data(), m, 0, J.data(), t);
  blas::gemm(false, false, N, t, m, -1, at().B.data(), m, BtDW.data(), t, 1, J.data(), t);
  blas::gemm(false, false, m, t, m, -alpha, at().T.data(), m, BtDW.data(), t, 0, lower, t);
  return J;
}

std::vector<double> LeastSquares::jacobianTransposeProduct(const double* u, const Cancel& cancel) {
  const int64_t N = problem_.samples.count, w = problem_.features, m = problem_.basis(), t = problem_.targets;
  const double root = std::sqrt(static_cast<double>(problem_.samples.total)), alpha = std::sqrt(problem_.alphaW);
  // S = Bᵀu₁ + √α_W Tᵀu₂: both parts read u through it.
  std::vector<double> S(m * t), left(N * t), g(problem_.weights);
  blas::gemm(true, false, m, t, N, 1, at().B.data(), m, u, t, 0, S.data(), t);
  blas::gemm(true, false, m, t, m, alpha, at().T.data(), m, u + N * t, t, 1, S.data(), t);
  std::copy_n(u, N * t, left.data());
  blas::gemm(false, false, N, t, m, -1, at().B.data(), m, S.data(), t, 1, left.data(), t);
  blas::gemm(false, false, N, w, t, 1 / root, left.data(), t, at().W.data(), m, 0, network_.U(), w);
  if (full()) {
    std::vector<double> TS(m * t);
    blas::gemm(false, false, m, t, m, 1, at().T.data(), m, S.data(), t, 0, TS.data(), t);
    blas::gemm(false, true, N, w, t, -1 / static_cast<double>(problem_.samples.total), at().R.data(), t, TS.data(), t,
               1, network_.U(), w);
  }
  network_.backward(g.data(), nullptr, cancel);
  return g;
}

/** Its memory is allocated at the first call and kept: touching fresh pages would cost more than the arithmetic. */
int64_t LeastSquares::assemble(double rankTolerance, std::vector<double>& H, const Cancel& cancel) {
  if (!assembly_) {
    assembly_ = std::make_unique<DenseAssembly>(problem_, projection_.rowFactors(), *programs_.perSample,
                                                programs_.layout, pool_);
  }
  return assembly_->assemble(*point_, rankTolerance, H, cancel);
}

std::vector<double> LeastSquares::lossGradient() const {
  std::vector<double> R = at().R;
  const RowFactors& factors = projection_.rowFactors();
  if (factors.empty()) return R;
  for (size_t i = 0; i < R.size(); ++i) R[i] *= factors[i / problem_.targets];
  return R;
}

int64_t LeastSquares::memoryBytes() const {
  const int64_t own = static_cast<int64_t>(BtD_.size() + DtR_.size() + E_.size() + F_.size());
  const int64_t sums = hatSums_.memoryBytes() + residualSums_.memoryBytes();
  const int64_t assembly = assembly_ ? assembly_->memoryBytes() : 0;
  return 8 * own + sums + projection_.memoryBytes() + network_.memoryBytes() + assembly;
}

}  // namespace gnvpro
