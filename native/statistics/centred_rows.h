// Rows less their means, in units of the columns and times the roots of their weights.
#pragma once

#include <cstdint>
#include <vector>

#include "statistics/moments.h"

namespace gnvpro {

/** Some columns of a matrix that stays where it is. */
class CentredRows {
 public:
  /**
   * `units`: what each column of A is divided by, powers of two; 0 for a column that becomes 0. `roots`: of the
   * weights, or empty for ones.
   */
  CentredRows(const Rows& A, const Moments& moments, const std::vector<double>& units, const std::vector<double>& roots,
              const std::vector<int64_t>& columns);

  int64_t cols() const { return static_cast<int64_t>(columns_.size()); }

  /** Rows begin … begin + count − 1; entry (n, i) goes to out[n · rowStride + i · columnStride]. */
  void copy(int64_t begin, int64_t count, double* out, int64_t rowStride, int64_t columnStride) const;

 private:
  Rows A_;
  std::vector<int64_t> columns_;
  std::vector<double> inverse_, mean_, rest_, roots_;  // the last of the rows, the others of the columns
};

}  // namespace gnvpro
