#include "elimination/inner_hessian.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "blas/blas.h"
#include "kernels/block_product.h"
#include "linalg/cholesky.h"
#include "linalg/inverse.h"

namespace gnvpro {
namespace {

constexpr int64_t kChunkRows = 2048;
constexpr int64_t kChunkDoubles = 1 << 24;  // of its entries: 128 MiB
constexpr int64_t kStripRows = 128;         // of a chunk: their products stay in cache
constexpr int64_t kTaskPairs = 192;         // feature pairs of one task
constexpr double kSmallestShift = 8;        // times the rounding of the trace

}  // namespace

InnerHessian::InnerHessian(const Problem& problem, const ConvexLoss& loss, const Tiling& tiling, Pool& pool)
    : problem_(problem), loss_(loss), pool_(pool), chunks_(tiling), strips_(tiling) {
  const int64_t t = problem.targets, m = problem.basis();
  const bool separable = problem.loss.isSeparable();
  coupled_ = !separable && t * m <= kLargestInnerHessian;
  exact_ = separable || coupled_;
  // Where the rows of S_n sum to zero the diagonal blocks follow from the others.
  for (int64_t j = 0; j < t; ++j) {
    for (int64_t k = coupled_ ? 0 : j; k < j; ++k) outputPairs_.emplace_back(j, k);
    if (!coupled_ || !problem.loss.sumsToZero()) outputPairs_.emplace_back(j, j);
  }
  for (int64_t i = 0; i < m; ++i) {
    for (int64_t l = 0; l <= i; ++l) featurePairs_.emplace_back(i, l);
  }
  const int64_t pairs = static_cast<int64_t>(outputPairs_.size());
  chunks_ = tiling.joined(kChunkRows, chunkRows());
  strips_ = tiling.joined(kChunkRows, std::min(kStripRows, chunkRows()));
  rows_.resize(chunks_.tileRows() * pairs);
  for (int i = 0; i < pool.threads(); ++i)
    products_.emplace_back(kStripRows * kTaskPairs + m + 2 * block_product::kOverrun);
  sums_.resize(pairs * static_cast<int64_t>(featurePairs_.size()) + 1);
  reduction_.emplace(chunks_, static_cast<int64_t>(sums_.size()), pool);
  const int64_t order = coupled_ ? t * m : m, count = coupled_ ? 1 : t;
  blocks_.resize(count * order * order);
  factor_.resize(blocks_.size());
}

/** At most; fewer where many outputs make many pairs. */
int64_t InnerHessian::chunkRows() const {
  const auto pairs = static_cast<int64_t>(outputPairs_.size());
  return std::clamp<int64_t>(kChunkDoubles / std::max<int64_t>(pairs, 1), 8, kChunkRows);
}

bool InnerHessian::factorize(const Eliminated& at, int64_t every) {
  ready_ = false;
  every_ = every;
  sum(at);
  fillBlocks();
  const int64_t order = coupled_ ? problem_.targets * problem_.basis() : problem_.basis();
  const int64_t count = coupled_ ? 1 : problem_.targets;
  for (int64_t b = 0; b < count; ++b) {
    const int64_t begin = b * order * order;
    if (!factorizeBlock(blocks_.data() + begin, factor_.data() + begin, order)) return false;
  }
  ready_ = true;
  return true;
}

/** With more and more on the diagonal where rounding makes the block indefinite; false where it overflows. */
bool InnerHessian::factorizeBlock(const double* block, double* factor, int64_t order) {
  double trace = 0, shift = 0;
  for (int64_t i = 0; i < order; ++i) trace += block[i * (order + 1)];
  if (!std::isfinite(trace)) return false;
  for (int attempt = 0;; ++attempt) {
    std::copy_n(block, order * order, factor);
    for (int64_t i = 0; i < order; ++i) factor[i * (order + 1)] += problem_.alphaW + shift;
    const int64_t info = cholesky(order, factor, pool_);
    if (info == 0 && std::isfinite(factor[order * order - 1])) return true;
    if (attempt == 30) throw blas::LapackError("dpotrf", static_cast<int>(std::max<int64_t>(info, 1)));
    shift = std::max(10 * shift, kSmallestShift * std::numeric_limits<double>::epsilon() * trace);
  }
}

/** The sums over all chunks of samples, or over single strips between which some are left out. */
void InnerHessian::sum(const Eliminated& at) {
  const auto count = static_cast<int64_t>(sums_.size()) - 1;  // the last number is that of the samples
  bool isEmpty = true;
  (every_ == 1 ? chunks_ : strips_).visitRun(0, 0, [&](const Tile& tile, const Place& place) {
    double* sums = reduction_->part(place);
    isEmpty = isEmpty || place.isFirst;
    if (isTaken(tile)) {
      addChunk(at, tile, !isEmpty, sums);
      sums[count] = (isEmpty ? 0 : sums[count]) + static_cast<double>(tile.rows());
      isEmpty = false;
      pool_.poll();
    }
    if (place.isLast && isEmpty) std::fill_n(sums, count + 1, 0.0);
    reduction_->end(place);
  });
  reduction_->total(sums_.data());
  for (int64_t i = 0; i < count; ++i) sums_[i] /= sums_[count];
}

bool InnerHessian::isTaken(const Tile& tile) const {
  const int64_t begin = problem_.samples.begin + tile.begin, rows = strips_.tileRows(), block = strips_.blockRows();
  const int64_t strip = begin / block * ((block + rows - 1) / rows) + begin % block / rows;
  return every_ == 1 || strip % every_ == 0;
}

/** Adds Σ_n S_n[j, k] z̃_ni z̃_nl over the chunk, all pairs (j, k) against all pairs (i, l) as one product; or writes it.
 */
void InnerHessian::addChunk(const Eliminated& at, const Tile& chunk, bool add, double* sums) {
  const int64_t pairs = static_cast<int64_t>(outputPairs_.size());
  const int64_t features = static_cast<int64_t>(featurePairs_.size());
  formRows(at.curvature.data() + chunk.begin * loss_.curvatureColumns(), chunk.rows());
  const int64_t tasks = (features + kTaskPairs - 1) / kTaskPairs;
  pool_.run(tasks, [&](int64_t task, int worker) {
    const int64_t first = task * kTaskPairs, count = std::min(kTaskPairs, features - first);
    std::vector<double>& products = products_[worker];
    for (int64_t strip = 0; strip < chunk.rows(); strip += kStripRows) {
      const int64_t height = std::min(kStripRows, chunk.rows() - strip);
      multiplyPairs(at.Z + (chunk.begin + strip) * problem_.features, height, first, count, products);
      block_product::transposedTimes(pairs, count, height, rows_.data() + strip * pairs, pairs, products.data(), count,
                                     add || strip > 0, sums + first, features);
    }
  });
}

/** z̃_ni z̃_nl for some rows of Z and `count` feature pairs from `first` on; z̃_nw = 1. */
void InnerHessian::multiplyPairs(const double* Z, int64_t rows, int64_t first, int64_t count,
                                 std::vector<double>& products) const {
  const int64_t w = problem_.features;
  const auto [i, l] = featurePairs_[first];
  double* z = products.data() + kStripRows * kTaskPairs + block_product::kOverrun;
  if (problem_.bias) z[w] = 1;
  for (int64_t n = 0; n < rows; ++n) {
    std::copy_n(Z + n * w, w, z);
    block_product::pairs(z, i, l, count, products.data() + n * count);
  }
}

/** The entries (j, k) of S_n for all pairs, rows × pairs. */
void InnerHessian::formRows(const double* curvature, int64_t rows) {
  const int64_t pairs = static_cast<int64_t>(outputPairs_.size());
  const int64_t strips = (rows + kStripRows - 1) / kStripRows;
  pool_.run(strips, [&](int64_t strip, int) {
    const int64_t begin = strip * kStripRows, count = std::min(kStripRows, rows - begin);
    double* out = rows_.data() + begin * pairs;
    for (int64_t p = 0; p < pairs; ++p) {
      loss_.entries(count, curvature + begin * loss_.curvatureColumns(), outputPairs_[p].first, outputPairs_[p].second,
                    out + p, pairs);
    }
  });
}

void InnerHessian::fillBlocks() {
  const int64_t t = problem_.targets, m = problem_.basis();
  const int64_t features = static_cast<int64_t>(featurePairs_.size());
  std::fill(blocks_.begin(), blocks_.end(), 0.0);
  for (size_t p = 0; p < outputPairs_.size(); ++p) {
    const auto [j, k] = outputPairs_[p];
    const double* sums = sums_.data() + static_cast<int64_t>(p) * features;
    if (!coupled_) {
      scatter(blocks_.data() + j * m * m, m, 0, 0, sums, 1);
      continue;
    }
    scatter(blocks_.data(), t * m, j, k, sums, 1);
    if (!problem_.loss.sumsToZero()) continue;
    scatter(blocks_.data(), t * m, j, j, sums, -1);
    scatter(blocks_.data(), t * m, k, k, sums, -1);
  }
}

/** Adds the symmetric m × m matrix of `sums` to a block on or below the diagonal, column-major n × n. */
void InnerHessian::scatter(double* H, int64_t n, int64_t blockRow, int64_t blockCol, const double* sums,
                           double sign) const {
  const int64_t m = problem_.basis();
  double* corner = H + blockCol * m * n + blockRow * m;
  // The sums stay in cache, H does not: it is walked column by column.
  for (int64_t l = 0; l < m; ++l) {
    double* column = corner + l * n;
    const double* row = sums + l * (l + 1) / 2;
    for (int64_t i = 0; blockRow != blockCol && i < l; ++i) column[i] += sign * row[i];
    for (int64_t i = l; i < m; ++i) column[i] += sign * sums[i * (i + 1) / 2 + l];
  }
}

void InnerHessian::solve(double* K) const {
  const int64_t t = problem_.targets, m = problem_.basis();
  const int64_t order = coupled_ ? t * m : m, count = coupled_ ? 1 : t;
  for (int64_t b = 0; b < count; ++b) {
    const double* L = factor_.data() + b * order * order;
    blas::trsvLower(false, order, L, order, K + b * order);
    blas::trsvLower(true, order, L, order, K + b * order);
  }
}

double InnerHessian::logDeterminant() const {
  if (!isExact()) return std::numeric_limits<double>::quiet_NaN();
  const int64_t order = coupled_ ? problem_.targets * problem_.basis() : problem_.basis();
  double sum = 0;
  for (size_t i = 0; i < factor_.size(); ++i) {
    if (static_cast<int64_t>(i) % (order * order) % (order + 1) == 0) sum += 2 * std::log(factor_[i]);
  }
  return sum;
}

double InnerHessian::traceOfInverse() const {
  if (!isExact()) return std::numeric_limits<double>::quiet_NaN();
  const int64_t order = coupled_ ? problem_.targets * problem_.basis() : problem_.basis();
  const int64_t count = coupled_ ? 1 : problem_.targets;
  std::vector<double> root(order * order);
  double trace = 0;
  for (int64_t b = 0; b < count; ++b) {
    inverseRoot(order, factor_.data() + b * order * order, root, pool_);
    trace += blas::dot(order * order, root.data(), root.data());
  }
  return trace;
}

std::vector<double> InnerHessian::root() const {
  if (!isExact()) return {};
  const int64_t order = coupled_ ? problem_.targets * problem_.basis() : problem_.basis();
  const int64_t count = coupled_ ? 1 : problem_.targets;
  std::vector<double> roots(count * order * order), columns(order * order);
  for (int64_t b = 0; b < count; ++b) {
    inverseRoot(order, factor_.data() + b * order * order, columns, pool_);
    double* rows = roots.data() + b * order * order;
    for (int64_t k = 0; k < order; ++k) {
      for (int64_t i = 0; i <= k; ++i) rows[i * order + k] = columns[k * order + i];
    }
  }
  return roots;
}

int64_t InnerHessian::memoryBytes() const {
  size_t doubles = rows_.size() + sums_.size() + blocks_.size() + factor_.size();
  for (const auto& products : products_) doubles += products.size();
  return static_cast<int64_t>(doubles * sizeof(double)) + reduction_->memoryBytes();
}

}  // namespace gnvpro
