#include "linalg/tall_qr.h"

#include <algorithm>
#include <cmath>

#include "blas/blas.h"
#include "parallel/zeros.h"

namespace gnvpro {
namespace {

// A leaf has enough numbers, and enough rows for its columns, that to join triangles is a small part of the work.
constexpr int64_t kLeafNumbers = 8192;
constexpr int64_t kLeafRows = 512;  // where they have fewer numbers
constexpr int64_t kLeafRowsOfColumn = 3;
constexpr int64_t kPanel = 16;  // columns of a join

void copyUpper(int64_t m, const double* from, int64_t ldFrom, double* to) {
  for (int64_t j = 0; j < m; ++j) {
    std::copy_n(from + j * ldFrom, j + 1, to + j * m);
    std::fill_n(to + j * m + j + 1, m - j - 1, 0.0);
  }
}

}  // namespace

TallQr::TallQr(const Tiling& tiling, int64_t features, bool bias, const Poll& poll)
    : samples_(tiling.samples().total), features_(features), m_(features + (bias ? 1 : 0)), bias_(bias), R_(m_ * m_) {
  const int64_t least = std::max(std::min(kLeafNumbers / m_, kLeafRows), kLeafRowsOfColumn * m_);
  const int64_t N = tiling.samples().count, rows = tiling.joined(least, least).blockRows();
  for (int64_t begin = 0; begin < N; begin += rows) {
    const int64_t count = std::min(rows, N - begin), height = std::max(count, m_);
    leaves_.push_back({begin, count, height, zeros(height * m_, poll), std::vector<double>(m_)});
  }
  for (int64_t i = 0; i < leaves(); ++i)
    joins_.push_back({zeros(m_ * m_, poll), std::vector<double>(std::min(kPanel, m_) * m_)});
  blocks_ = zeros((leaves() + 1) * m_ * m_, poll);
  for (int i = 0; i < tiling.workers(); ++i) work_.push_back(zeros(leaves_.front().height * m_, poll));
}

void TallQr::factorize(const double* Z, const std::vector<double>& factors, double alpha, Pool& pool) {
  alpha_ = alpha;
  pool.run(leaves(), [&](int64_t i, int) {
    factorizeLeaf(leaves_[i], Z, factors);
    copyUpper(m_, leaves_[i].reflectors.data(), leaves_[i].height, triangle(i));
  });
  for (int64_t step = 1; step < leaves(); step *= 2) {
    pool.run((leaves() + step - 1) / (2 * step),
             [&](int64_t i, int) { join(triangle(2 * i * step), joins_[(2 * i + 1) * step - 1]); });
  }
  if (alpha_ == 0) return;
  Join& last = joins_.back();
  std::fill(last.lower.begin(), last.lower.end(), 0.0);
  for (int64_t j = 0; j < m_; ++j) last.lower[j * (m_ + 1)] = std::sqrt(alpha_);
  join(R_.data(), last);
}

void TallQr::factorizeLeaf(Leaf& leaf, const double* Z, const std::vector<double>& factors) const {
  const double scale = 1 / std::sqrt(static_cast<double>(samples_));
  double* A = leaf.reflectors.data();
  for (int64_t n = 0; n < leaf.rows; ++n) {
    const double* row = Z + (leaf.begin + n) * features_;
    const double factor = factors.empty() ? scale : scale * factors[leaf.begin + n];
    for (int64_t j = 0; j < features_; ++j) A[j * leaf.height + n] = factor * row[j];
    if (bias_) A[features_ * leaf.height + n] = factor;
  }
  for (int64_t j = 0; j < m_; ++j) std::fill_n(A + j * leaf.height + leaf.rows, leaf.height - leaf.rows, 0.0);
  blas::geqrf(leaf.height, m_, A, leaf.height, leaf.tau.data());
}

void TallQr::join(double* upper, Join& join) const {
  blas::tpqrt(m_, std::min(kPanel, m_), upper, join.lower.data(), join.T.data());
}

/** [upper ; lower] = Q [upper ; 0] for Q of the join. */
void TallQr::split(const Join& join, double* upper, double* lower) const {
  std::fill_n(lower, m_ * m_, 0.0);
  blas::tpmqrt(m_, m_, std::min(kPanel, m_), join.lower.data(), join.T.data(), upper, lower);
}

void TallQr::applyTop(const double* X, double* B, Pool& pool) {
  std::copy_n(X, m_ * m_, block(0));
  if (alpha_ > 0) split(joins_.back(), block(0), block(leaves()));
  int64_t step = 1;
  while (2 * step < leaves()) step *= 2;
  for (; step > 0; step /= 2) {
    pool.run((leaves() + step - 1) / (2 * step), [&](int64_t i, int) {
      split(joins_[(2 * i + 1) * step - 1], block(2 * i * step), block((2 * i + 1) * step));
    });
  }
  pool.run(leaves(), [&](int64_t i, int worker) { applyLeaf(leaves_[i], block(i), work_[worker].data(), B); });
}

void TallQr::applyLeaf(const Leaf& leaf, const double* top, double* work, double* B) const {
  for (int64_t j = 0; j < m_; ++j) {
    std::copy_n(top + j * m_, m_, work + j * leaf.height);
    std::fill_n(work + j * leaf.height + m_, leaf.height - m_, 0.0);
  }
  blas::ormqrLeft(leaf.height, m_, m_, leaf.reflectors.data(), leaf.height, leaf.tau.data(), work, leaf.height);
  for (int64_t n = 0; n < leaf.rows; ++n) {
    for (int64_t j = 0; j < m_; ++j) B[(leaf.begin + n) * m_ + j] = work[j * leaf.height + n];
  }
}

int64_t TallQr::memoryBytes() const {
  size_t doubles = R_.size() + blocks_.size();
  for (const Leaf& leaf : leaves_) doubles += leaf.reflectors.size();
  for (const Join& join : joins_) doubles += join.lower.size() + join.T.size();
  for (const auto& work : work_) doubles += work.size();
  return static_cast<int64_t>(doubles * sizeof(double));
}

}  // namespace gnvpro
