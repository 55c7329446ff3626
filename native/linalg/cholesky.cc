#include "linalg/cholesky.h"

#include <algorithm>

#include "blas/blas.h"

namespace gnvpro {
namespace {

constexpr int64_t kColumns = 192;  // of a block column: wide enough for fast products
constexpr int64_t kRows = 512;     // of a task

}  // namespace

// Left-looking: a block column takes the products of all columns before it, and is then divided by its own factor.
int64_t cholesky(int64_t n, double* A, Pool& pool) {
  for (int64_t j = 0; j < n; j += kColumns) {
    const int64_t columns = std::min(kColumns, n - j), below = n - j - columns;
    double* diagonal = A + j * n + j;
    const int64_t tasks = (below + kRows - 1) / kRows;
    const auto rowsOf = [&](int64_t task) { return std::min(kRows, below - task * kRows); };
    pool.run(tasks + 1, [&](int64_t index, int) {
      if (index == 0) {
        blas::syrkLowerColumns(columns, j, -1, A + j, n, 1, diagonal, n);
        return;
      }
      const int64_t first = j + columns + (index - 1) * kRows;
      blas::gemm(true, false, columns, rowsOf(index - 1), j, -1, A + j, n, A + first, n, 1, A + j * n + first, n);
    });
    if (const int info = blas::potrfLower(columns, diagonal, n); info != 0) return j + info;
    pool.run(tasks, [&](int64_t task, int) {
      blas::trsmLowerRight(rowsOf(task), columns, diagonal, n, A + j * n + j + columns + task * kRows, n);
    });
  }
  return 0;
}

}  // namespace gnvpro
