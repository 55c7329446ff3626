#include "linalg/sandwich.h"

#include <algorithm>

#include "blas/blas.h"
#include "linalg/cholesky.h"

namespace gnvpro {
namespace {

constexpr int64_t kRows = 96;  // of a task

/** `work(first, rows, end)`: of all rows, some at a time. */
template <typename Work>
void byRows(int64_t n, Pool& pool, Work work) {
  pool.run((n + kRows - 1) / kRows, [&](int64_t task, int) {
    const int64_t first = task * kRows, end = std::min(first + kRows, n);
    work(first, end - first, end);
  });
}

}  // namespace

/**
 * With C = XᵀSX = UUᵀ, U upper triangular, Y = XU. Row-major, what is in memory are Xᵀ, Uᵀ and Yᵀ, lower triangular: of
 * `end` rows the first `end` columns matter.
 */
bool takeSandwich(int64_t n, std::vector<double>& S, std::vector<double>& X, Pool& pool) {
  std::vector<double> product(n * n);
  byRows(n, pool, [&](int64_t first, int64_t rows, int64_t end) {
    blas::gemm(false, false, rows, n, end, 1, X.data() + first * n, n, S.data(), n, 0, product.data() + first * n, n);
  });
  std::vector<double>& C = S;
  byRows(n, pool, [&](int64_t first, int64_t rows, int64_t end) {
    blas::gemm(false, true, rows, end, end, 1, product.data() + first * n, n, X.data(), n, 0, C.data() + first * n, n);
  });
  // Read from its end, U is the Cholesky factor of C read from its end.
  std::reverse(C.begin(), C.end());
  if (cholesky(n, C.data(), pool) != 0) return false;
  std::reverse(C.begin(), C.end());
  std::vector<double>& U = C;
  byRows(n, pool, [&](int64_t first, int64_t rows, int64_t end) {
    for (int64_t i = first; i < end; ++i) std::fill(U.begin() + i * (n + 1) + 1, U.begin() + (i + 1) * n, 0.0);
    std::fill_n(product.begin() + first * n, rows * n, 0.0);
    blas::gemm(false, false, rows, end, end, 1, U.data() + first * n, n, X.data(), n, 0, product.data() + first * n, n);
  });
  X.swap(product);
  return true;
}

}  // namespace gnvpro
