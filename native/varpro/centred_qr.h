// The triangle of a linear least-squares problem with a constant term.
#pragma once

#include <cstdint>
#include <vector>

#include "parallel/cancel.h"

namespace gnvpro {

/** Rows of numbers, row-major. */
struct Rows {
  const double* data;
  int64_t cols;
};

struct CentredQr {
  std::vector<double> inputMean, targetMean;
  std::vector<double> R;  // (d + t) × (d + t) upper triangular, column-major, zeros below
};

/** Of rows of numbers that may be close to the largest. */
std::vector<double> columnMeans(int64_t samples, const Rows& A, const Cancel& cancel);

/** R of the QR factorisation of [X − x̄, T − t̄]; X is samples × d, T samples × t. */
CentredQr centredQr(int64_t samples, const Rows& X, const Rows& T, const Cancel& cancel);

}  // namespace gnvpro
