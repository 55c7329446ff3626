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

int64_t leastLeafRows(int64_t m) { return std::max(std::min(kLeafNumbers / m, kLeafRows), kLeafRowsOfColumn * m); }

}  // namespace

TallQr::TallQr(const Tiling& tiling, int64_t features, bool bias, const std::vector<double>& roots,
               const SampleArray<double>& C, int64_t targets, Pool& pool, const Poll& poll)
    : features_(features),
      m_(features + (bias ? 1 : 0)),
      targets_(targets),
      bias_(bias),
      roots_(roots),
      C_(C),
      tiling_(tiling.withBlocksOf(leastLeafRows(m_))),
      height_(std::max(std::min(tiling_.blockRows(), tiling_.samples().count), m_)),
      nodes_(tiling_, m_ * (m_ + targets), pool, [this](double* first, double* second) { join(first, second); }),
      root_(m_ * (m_ + targets)) {
  for (int i = 0; i < tiling_.workers(); ++i) {
    workers_.push_back({zeros(height_ * m_, poll), std::vector<double>(m_), std::vector<double>(m_ * m_),
                        std::vector<double>(m_ * m_), zeros(m_ * targets, poll)});
  }
}

void TallQr::add(const Tile& tile, const Place& place, const double* Z) {
  Worker& worker = workers_[place.worker];
  const double scale = 1 / std::sqrt(static_cast<double>(tiling_.samples().total));
  const int64_t begin = tile.begin / tiling_.blockRows() * tiling_.blockRows();
  double* A = worker.A.data() + tile.begin - begin;
  for (int64_t n = 0; n < tile.rows(); ++n) {
    const double* row = Z + n * features_;
    const double factor = scale * root(tile.begin + n);
    for (int64_t j = 0; j < features_; ++j) A[j * height_ + n] = factor * row[j];
    if (bias_) A[features_ * height_ + n] = factor;
  }
  if (place.isLast) factorizeLeaf({begin, tile.end}, worker, place.worker, nodes_.part(place));
  nodes_.end(place);
}

void TallQr::factorizeLeaf(const Tile& leaf, Worker& worker, int place, double* node) const {
  double* A = worker.A.data();
  for (int64_t j = 0; j < m_; ++j) std::fill_n(A + j * height_ + leaf.rows(), height_ - leaf.rows(), 0.0);
  blas::geqrf(height_, m_, A, height_, worker.tau.data());
  for (int64_t j = 0; j < m_; ++j) {
    std::copy_n(A + j * height_, j + 1, node + j * m_);
    std::fill_n(node + j * m_ + j + 1, m_ - j - 1, 0.0);
  }
  formReflectors(worker);
  project(leaf, worker, place, node + m_ * m_);
}

/**
 * V, unit lower trapezoidal, in A's place. Its columns and the factors of LAPACK give Qᵀ = I − V L⁻¹Vᵀ, L the lower
 * triangle of VᵀV with 1/τ on the diagonal (Joffrain et al., ACM Trans. Math. Softw. 32, 2006); a reflector with τ = 0
 * is the identity.
 */
void TallQr::formReflectors(Worker& worker) const {
  double* V = worker.A.data();
  for (int64_t j = 0; j < m_; ++j) {
    double* column = V + j * height_;
    const bool isIdentity = worker.tau[j] == 0;
    std::fill_n(column, isIdentity ? height_ : j, 0.0);
    if (!isIdentity) column[j] = 1;
    std::copy_n(column, m_, worker.top.data() + j * m_);
  }
  double* L = worker.system.data();
  blas::syrkRowsLower(m_, height_, 1, V, height_, 0, L, m_);
  for (int64_t i = 0; i < m_; ++i) {
    for (int64_t j = 0; j < i; ++j) L[j * m_ + i] = L[i * m_ + j];  // to columns, as triangles are solved with
    L[i * (m_ + 1)] = worker.tau[i] == 0 ? 1 : 1 / worker.tau[i];
  }
}

/** The first m rows of Qᵀ√ΩC. C is read by tiles, as it is everywhere, so that its rows may be in a file. */
void TallQr::project(const Tile& leaf, Worker& worker, int place, double* K) const {
  double* V = worker.A.data();
  double* S = worker.S.data();
  std::fill_n(K, m_ * targets_, 0.0);
  if (!roots_.empty()) {
    for (int64_t i = 0; i < m_ * height_; ++i) V[i] *= i % height_ < leaf.rows() ? root(leaf.begin + i % height_) : 1;
  }
  for (int64_t begin = leaf.begin; begin < leaf.end; begin += tiling_.tileRows()) {
    const int64_t rows = std::min(tiling_.tileRows(), leaf.end - begin), first = begin - leaf.begin;
    const double* C = C_.rows(begin, rows, targets_, place);
    blas::gemm(false, false, m_, targets_, rows, 1, V + first, height_, C, targets_, first == 0 ? 0 : 1, S, targets_);
    for (int64_t i = first; i < std::min(first + rows, m_); ++i) {
      const double factor = root(leaf.begin + i);
      for (int64_t j = 0; j < targets_; ++j) K[i * targets_ + j] = factor * C[(i - first) * targets_ + j];
    }
  }
  blas::trsmLowerRight(targets_, m_, worker.system.data(), m_, S, targets_);
  blas::gemm(true, false, m_, targets_, m_, -1, worker.top.data(), m_, S, targets_, 1, K, targets_);
}

/** Two triangles on top of each other, of which the upper one becomes R; K goes with them. */
void TallQr::join(double* first, double* second) const {
  const int64_t panel = std::min(kPanel, m_), ofR = m_ * m_;
  std::vector<double> T(panel * m_);
  blas::tpqrt(m_, panel, first, second, T.data());
  blas::tpmqrtRight(targets_, m_, panel, second, T.data(), first + ofR, second + ofR);
}

void TallQr::finish(double alpha) {
  nodes_.total(root_.data());
  if (alpha == 0) return;
  std::vector<double> below(root_.size());
  for (int64_t j = 0; j < m_; ++j) below[j * (m_ + 1)] = std::sqrt(alpha);
  join(root_.data(), below.data());
}

int64_t TallQr::memoryBytes() const {
  size_t doubles = root_.size();
  for (const Worker& worker : workers_) {
    doubles += worker.A.size() + worker.top.size() + worker.system.size() + worker.S.size();
  }
  return static_cast<int64_t>(doubles * sizeof(double)) + nodes_.memoryBytes();
}

}  // namespace gnvpro
