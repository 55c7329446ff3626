#include "statistics/centred_rows.h"

namespace gnvpro {

CentredRows::CentredRows(const Rows& A, const Moments& moments, const std::vector<double>& units,
                         const std::vector<double>& roots, const std::vector<int64_t>& columns)
    : A_(A), columns_(columns), roots_(roots) {
  for (const int64_t j : columns) {
    inverse_.push_back(units[j] == 0 ? 0 : 1 / units[j]);
    mean_.push_back(moments.mean[j] * inverse_.back());
    rest_.push_back(moments.rest[j] * inverse_.back());
  }
}

void CentredRows::copy(int64_t begin, int64_t count, double* out, int64_t rowStride, int64_t columnStride) const {
  const double* rows = A_.rows(begin, count);
  for (int64_t n = 0; n < count; ++n) {
    const double* row = rows + n * A_.cols;
    const double root = roots_.empty() ? 1 : roots_[begin + n];
    double* to = out + n * rowStride;
    for (int64_t i = 0; i < cols(); ++i) {
      to[i * columnStride] = root * (row[columns_[i]] * inverse_[i] - mean_[i] - rest_[i]);
    }
  }
}

}  // namespace gnvpro
