#include "linalg/inverse.h"

#include <algorithm>

#include "blas/blas.h"

namespace gnvpro {
namespace {

constexpr int64_t kRows = 96;  // of a task

}  // namespace

std::vector<double> inverseRoot(int64_t n, const double* L, Pool& pool) {
  std::vector<double> X(n * n);
  inverseRoot(n, L, X, pool);
  return X;
}

/** Its rows know nothing of each other. */
void inverseRoot(int64_t n, const double* L, std::vector<double>& X, Pool& pool) {
  pool.run((n + kRows - 1) / kRows, [&](int64_t task, int) {
    const int64_t first = task * kRows, rows = std::min(kRows, n - first), start = first * (n + 1);
    for (int64_t j = 0; j < n - first; ++j) std::fill_n(X.begin() + start + j * n, rows, 0.0);
    for (int64_t i = 0; i < rows; ++i) X[start + i * (n + 1)] = 1;
    blas::trsmLowerRight(rows, n - first, L + start, n, X.data() + start, n);
  });
}

void inverseOfRoot(int64_t n, const std::vector<double>& X, std::vector<double>& inverse, Pool& pool) {
  pool.run((n + kRows - 1) / kRows, [&](int64_t task, int) {
    const int64_t first = task * kRows, end = std::min(first + kRows, n);
    blas::gemm(true, false, end - first, end, n - first, 1, X.data() + first * (n + 1), n, X.data() + first * n, n, 0,
               inverse.data() + first * n, n);
  });
}

}  // namespace gnvpro
