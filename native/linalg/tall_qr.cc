#include "linalg/tall_qr.h"

#include <algorithm>
#include <cmath>

#include "blas/blas.h"
#include "linalg/panel_qr.h"
#include "parallel/zeros.h"

namespace gnvpro {
namespace {

/** Rows of a tile: enough that its R is a small part of it, few enough to stay in cache. */
int64_t tileRows(int64_t samples, int64_t m) {
  const int64_t target = std::max<int64_t>(256, 4 * m);
  const int64_t tiles = std::max<int64_t>(1, samples / target);
  return (samples + tiles - 1) / tiles;
}

void copyUpper(int64_t m, const double* from, int64_t ldFrom, double* to, int64_t ldTo) {
  for (int64_t j = 0; j < m; ++j) {
    std::copy_n(from + j * ldFrom, j + 1, to + j * ldTo);
    std::fill_n(to + j * ldTo + j + 1, m - j - 1, 0.0);
  }
}

}  // namespace

TallQr::TallQr(int64_t samples, int64_t features, bool bias, double alpha, const Poll& poll)
    : samples_(samples), features_(features), m_(features + (bias ? 1 : 0)), bias_(bias), alpha_(alpha) {
  const int64_t rows = tileRows(samples, m_);
  for (int64_t begin = 0; begin < samples; begin += rows) {
    const int64_t count = std::min(rows, samples - begin);
    const int64_t height = std::max(count, m_);
    tiles_.push_back(
        {begin, count, height, zeros(height * m_, poll), std::vector<double>(m_), zeros(height * m_, poll)});
  }
  topRows_ = (static_cast<int64_t>(tiles_.size()) + (alpha > 0 ? 1 : 0)) * m_;
  top_ = zeros(topRows_ * m_, poll);
  topBlock_ = zeros(topRows_ * m_, poll);
  topTau_.resize(m_);
  R_.resize(m_ * m_);
}

void TallQr::factorize(const double* Z, const std::vector<double>& factors, Pool& pool) {
  pool.run(static_cast<int64_t>(tiles_.size()), [&](int64_t i, int) {
    factorizeTile(tiles_[i], Z, factors);
    copyUpper(m_, tiles_[i].reflectors.data(), tiles_[i].height, top_.data() + i * m_, topRows_);
  });
  if (alpha_ > 0) {
    const int64_t first = topRows_ - m_;
    for (int64_t j = 0; j < m_; ++j) {
      std::fill_n(top_.data() + j * topRows_ + first, m_, 0.0);
      top_[j * topRows_ + first + j] = std::sqrt(alpha_);
    }
  }
  factorizePanels(topRows_, m_, top_.data(), topRows_, topTau_.data(), [&] { pool.poll(); });
  copyUpper(m_, top_.data(), topRows_, R_.data(), m_);
}

void TallQr::factorizeTile(Tile& tile, const double* Z, const std::vector<double>& factors) const {
  const double scale = 1 / std::sqrt(static_cast<double>(samples_));
  double* A = tile.reflectors.data();
  for (int64_t n = 0; n < tile.rows; ++n) {
    const double* row = Z + (tile.begin + n) * features_;
    const double factor = factors.empty() ? scale : scale * factors[tile.begin + n];
    for (int64_t j = 0; j < features_; ++j) A[j * tile.height + n] = factor * row[j];
    if (bias_) A[features_ * tile.height + n] = factor;
  }
  for (int64_t j = 0; j < m_; ++j) std::fill_n(A + j * tile.height + tile.rows, tile.height - tile.rows, 0.0);
  blas::geqrf(tile.height, m_, A, tile.height, tile.tau.data());
}

void TallQr::applyTop(const double* X, double* B, Pool& pool) {
  for (int64_t j = 0; j < m_; ++j) {
    std::copy_n(X + j * m_, m_, topBlock_.data() + j * topRows_);
    std::fill_n(topBlock_.data() + j * topRows_ + m_, topRows_ - m_, 0.0);
  }
  applyPanels(topRows_, m_, m_, top_.data(), topRows_, topTau_.data(), topBlock_.data(), topRows_,
              [&] { pool.poll(); });
  pool.run(static_cast<int64_t>(tiles_.size()),
           [&](int64_t i, int) { applyTile(tiles_[i], topBlock_.data() + i * m_, topRows_, B); });
}

void TallQr::applyTile(Tile& tile, const double* top, int64_t ldTop, double* B) const {
  double* block = tile.block.data();
  for (int64_t j = 0; j < m_; ++j) {
    std::copy_n(top + j * ldTop, m_, block + j * tile.height);
    std::fill_n(block + j * tile.height + m_, tile.height - m_, 0.0);
  }
  blas::ormqrLeft(false, tile.height, m_, m_, tile.reflectors.data(), tile.height, tile.tau.data(), block, tile.height);
  for (int64_t n = 0; n < tile.rows; ++n) {
    for (int64_t j = 0; j < m_; ++j) B[(tile.begin + n) * m_ + j] = block[j * tile.height + n];
  }
}

int64_t TallQr::memoryBytes() const {
  int64_t doubles = 2 * topRows_ * m_ + m_ * m_;
  for (const Tile& tile : tiles_) doubles += 2 * tile.height * m_;
  return doubles * static_cast<int64_t>(sizeof(double));
}

}  // namespace gnvpro
