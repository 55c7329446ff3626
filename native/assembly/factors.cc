#include "assembly/factors.h"

#include <algorithm>
#include <cmath>

#include "blas/blas.h"

namespace gnvpro {
namespace {

/** What rounding leaves of a column that depends on others; columns are represented to this share of themselves. */
constexpr double kRounding = 1e-14;

/** out (cols × rows) = a (rows × cols) transposed, in blocks that stay in cache. */
void transpose(int64_t rows, int64_t cols, const double* a, double* out) {
  constexpr int64_t kBlock = 16;
  for (int64_t begin = 0; begin < rows; begin += kBlock) {
    const int64_t end = std::min(begin + kBlock, rows);
    for (int64_t j = 0; j < cols; ++j) {
      for (int64_t n = begin; n < end; ++n) out[j * rows + n] = a[n * cols + j];
    }
  }
}

}  // namespace

Factors::Factors(const FactorGroup& group, int64_t features, int64_t capacity, int workers)
    : group_(group),
      featureCount_(features),
      inputs_(group.inputs.size() * capacity),
      columns_(features * group.units * capacity),
      isZero_(features * group.units),
      ownBasis_(columns_.size()),
      ownCoefficients_(features * group.units * group.units),
      counts_(features),
      basis_(columns_.size()),
      remainders_(workers, std::vector<double>(group.units * capacity)) {}

void Factors::loadInputs(const std::vector<const double*>& arrays, const std::vector<int32_t>& columns) {
  for (int64_t b = 0; b < inputs(); ++b) {
    const auto& [array, column, weight] = group_.inputs[b];
    double* x = inputs_.data() + b * rows_;
    if (array == kOnes) {
      std::fill_n(x, rows_, 1.0);
    } else {
      for (int64_t n = 0; n < rows_; ++n) x[n] = arrays[array][n * columns[array] + column];
    }
  }
}

void Factors::load(int64_t feature, const double* rowMajor, int worker) {
  transpose(rows_, units(), rowMajor, columns_.data() + feature * units() * rows_);
  counts_[feature] = reduce(feature, worker);
}

/**
 * Gram–Schmidt with pivoting on the columns of a feature, column by column down to rounding. Returns the number of
 * vectors; where nothing is gained the columns themselves are kept, which is exact.
 */
int64_t Factors::reduce(int64_t feature, int worker) {
  const int64_t k = units();
  double* remainder = remainders_[worker].data();
  double* basis = ownBasis_.data() + feature * k * rows_;
  double* coefficients = ownCoefficients_.data() + feature * k * k;
  std::vector<double> left(k), limit(k);  // squared lengths
  int64_t nonzero = 0;
  for (int64_t a = 0; a < k; ++a) {
    const double* column = this->column(feature, a);
    left[a] = blas::dot(rows_, column, column);
    limit[a] = kRounding * kRounding * left[a];
    isZero_[feature * k + a] = left[a] == 0;
    if (left[a] == 0) continue;
    ++nonzero;
    std::copy_n(column, rows_, remainder + a * rows_);
  }
  int64_t count = 0;
  for (; count < nonzero; ++count) {
    int64_t pivot = -1;
    for (int64_t a = 0; a < k; ++a) {
      if (left[a] > limit[a] && (pivot < 0 || left[a] > left[pivot])) pivot = a;
    }
    if (pivot < 0) break;
    const double length = std::sqrt(left[pivot]);
    double* e = basis + count * rows_;
    double* F = coefficients + count * k;
    for (int64_t n = 0; n < rows_; ++n) e[n] = remainder[pivot * rows_ + n] / length;
    for (int64_t a = 0; a < k; ++a) {
      F[a] = 0;
      if (a == pivot || !(left[a] > limit[a])) continue;
      double* rest = remainder + a * rows_;
      F[a] = blas::dot(rows_, e, rest);
      blas::axpy(rows_, -F[a], e, rest);
      left[a] = blas::dot(rows_, rest, rest);
    }
    F[pivot] = length;
    left[pivot] = 0;
  }
  if (count == nonzero) keepColumns(feature);
  return count;
}

/** The basis of a feature is its columns that are not zero. */
void Factors::keepColumns(int64_t feature) {
  const int64_t k = units();
  double* basis = ownBasis_.data() + feature * k * rows_;
  double* coefficients = ownCoefficients_.data() + feature * k * k;
  for (int64_t a = 0; a < k; ++a) {
    if (isZero(feature, a)) continue;
    basis = std::copy_n(column(feature, a), rows_, basis);
    std::fill_n(coefficients, k, 0.0);
    coefficients[a] = 1;
    coefficients += k;
  }
}

void Factors::gather() {
  const int64_t k = units();
  features_.clear();
  coefficients_.clear();
  double* to = basis_.data();
  for (int64_t i = 0; i < featureCount_; ++i) {
    to = std::copy_n(ownBasis_.data() + i * k * rows_, counts_[i] * rows_, to);
    const double* F = ownCoefficients_.data() + i * k * k;
    coefficients_.insert(coefficients_.end(), F, F + counts_[i] * k);
    features_.insert(features_.end(), counts_[i], i);
  }
}

int64_t Factors::memoryBytes() const {
  size_t doubles = inputs_.size() + 3 * columns_.size() + ownCoefficients_.size();
  for (const auto& remainder : remainders_) doubles += remainder.size();
  return static_cast<int64_t>(doubles * sizeof(double));
}

}  // namespace gnvpro
