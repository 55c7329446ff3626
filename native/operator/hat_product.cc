#include "operator/hat_product.h"

#include "blas/blas.h"
#include "elimination/hat_basis.h"
#include "kernels/block_product.h"

namespace gnvpro {

HatProduct::HatProduct(const Problem& problem, Network& network, const Tiling& tiling, Pool& pool)
    : problem_(problem),
      network_(network),
      hatSums_(tiling, problem.basis() * problem.features, pool),
      residualSums_(tiling, problem_.hasSecondPart() ? problem.features * problem.targets : 0, pool),
      QtD_(problem.basis() * problem.features),
      DtR_(problem_.hasSecondPart() ? problem.features * problem.targets : 0),
      M_(problem.features * problem.features),
      E_(problem.basis() * problem.features),
      F_(DtR_.size()),
      Ginverse_(problem.features * problem.features),
      Q_(tiling.workers(), tiling.tileRows() * problem.basis()),
      residual_(problem, problem_.hasSecondPart() ? tiling.tileRows() : 0, tiling.workers()) {}

void HatProduct::setPoint(const Eliminated& at) {
  at_ = &at;
  weighed_ = false;
}

/** What products need of the point: made by the first of them, off the main thread. */
void HatProduct::weigh() {
  const int64_t w = problem_.features, m = problem_.basis(), t = problem_.targets;
  const double N = static_cast<double>(problem_.samples.total);
  const double* W = at_->W.data();
  const double* T = at_->T.data();
  blas::gemm(true, false, w, w, t, 1 / N, W, m, W, m, 0, M_.data(), w);
  blas::gemm(false, true, w, w, m, 1, T, m, T, m, 0, Ginverse_.data(), w);
  formsB_ = at_->condition > kLargestCondition;
  weighed_ = true;
}

void HatProduct::product(const double* v, double* Hv, const Cancel& cancel) {
  if (!weighed_) weigh();
  network_.forward(
      v, [this](const Tile& tile, const Place& place) { accumulate(tile, place); }, cancel);
  combine();
  network_.backward(
      Hv, v, [this](const Tile& tile, const Place& place) { fillCotangent(tile, place.worker); }, cancel);
}

const double* HatProduct::formQ(const Tile& tile, const double* Z, int worker) {
  double* Q = Q_.of(worker);
  if (formsB_) {
    basisRows(problem_, *at_, tile, Z, Q);
  } else {
    weightedRows(problem_, tile, Z, Q);
  }
  return Q;
}

/** The tile's share of QᵀD and DᵀR. */
void HatProduct::accumulate(const Tile& tile, const Place& place) {
  const int64_t w = problem_.features, m = problem_.basis(), t = problem_.targets;
  const double* D = network_.D(tile, place.worker);
  const double* Z = network_.Z(tile, place.worker);
  const double* Q = formQ(tile, Z, place.worker);
  hatSums_.add(place, [&](double* sum) {
    block_product::transposedTimes(m, w, tile.rows(), Q, m, D, w, !place.isFirst, sum, w);
  });
  if (!problem_.hasSecondPart()) return;
  const double* R = residual_.of(*at_, tile, Z, place.worker);
  residualSums_.add(place, [&](double* sum) {
    block_product::transposedTimes(w, t, tile.rows(), D, w, R, t, !place.isFirst, sum, t);
  });
}

void HatProduct::combine() {
  const int64_t w = problem_.features, m = problem_.basis(), t = problem_.targets;
  const double N = static_cast<double>(problem_.samples.total);
  hatSums_.total(QtD_.data());
  blas::gemm(false, false, m, w, w, 1, QtD_.data(), w, M_.data(), w, 0, E_.data(), w);
  if (!formsB_) {
    // By T and Tᵀ, since G⁻¹ itself would square the condition.
    const double* T = at_->T.data();
    blas::gemm(true, false, m, w, m, 1 / N, T, m, E_.data(), w, 0, QtD_.data(), w);
    blas::gemm(false, false, m, w, m, 1, T, m, QtD_.data(), w, 0, E_.data(), w);
  }
  if (!problem_.hasSecondPart()) return;
  residualSums_.total(DtR_.data());
  blas::gemm(true, false, t, w, w, 1 / (N * N), DtR_.data(), t, Ginverse_.data(), w, 0, F_.data(), w);
}

void HatProduct::fillCotangent(const Tile& tile, int worker) {
  const int64_t w = problem_.features, m = problem_.basis(), t = problem_.targets;
  const double* Z = network_.Z(tile, worker);
  const double* D = network_.D(tile, worker);
  double* U = network_.U(tile, worker);
  block_product::times(tile.rows(), w, w, 1, D, w, M_.data(), w, false, U, w);
  if (!problem_.sampleWeights.empty()) {
    for (int64_t i = 0; i < tile.rows() * w; ++i) U[i] *= problem_.sampleWeights[tile.begin + i / w];
  }
  block_product::times(tile.rows(), w, m, -1, formQ(tile, Z, worker), m, E_.data(), w, true, U, w);
  if (!problem_.hasSecondPart()) return;
  block_product::times(tile.rows(), w, t, 1, residual_.of(*at_, tile, Z, worker), t, F_.data(), w, true, U, w);
}

int64_t HatProduct::memoryBytes() const {
  const size_t own = QtD_.size() + DtR_.size() + E_.size() + F_.size() + M_.size() + Ginverse_.size();
  return static_cast<int64_t>(8 * own) + hatSums_.memoryBytes() + residualSums_.memoryBytes() + Q_.memoryBytes() +
         residual_.memoryBytes();
}

}  // namespace gnvpro
