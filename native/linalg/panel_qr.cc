#include "linalg/panel_qr.h"

#include <algorithm>

#include "blas/blas.h"

namespace gnvpro {
namespace {

constexpr int64_t kPanel = 32;  // columns: the block size of LAPACK

}  // namespace

void factorizePanels(int64_t rows, int64_t cols, double* A, int64_t lda, double* tau, const Poll& poll) {
  for (int64_t j = 0; j < cols; j += kPanel) {
    const int64_t width = std::min(kPanel, cols - j), left = cols - j - width;
    double* panel = A + j * lda + j;
    poll();
    blas::geqrf(rows - j, width, panel, lda, tau + j);
    if (left == 0) return;
    poll();
    blas::applyBlock(true, rows - j, left, width, panel, lda, tau + j, panel + width * lda, lda);
  }
}

void applyPanels(int64_t rows, int64_t n, int64_t cols, const double* A, int64_t lda, const double* tau, double* C,
                 int64_t ldc, const Poll& poll) {
  for (int64_t j = (cols - 1) / kPanel * kPanel; j >= 0; j -= kPanel) {
    poll();
    blas::applyBlock(false, rows - j, n, std::min(kPanel, cols - j), A + j * lda + j, lda, tau + j, C + j, ldc);
  }
}

}  // namespace gnvpro
