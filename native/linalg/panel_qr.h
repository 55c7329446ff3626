// Householder QR by panels of columns, as LAPACK does it, with a poll between the panels.
#pragma once

#include <cstdint>

#include "parallel/cancel.h"

namespace gnvpro {

/** A (rows × cols, column-major, rows ≥ cols) becomes R and the reflectors below it. */
void factorizePanels(int64_t rows, int64_t cols, double* A, int64_t lda, double* tau, const Poll& poll);

/** C (rows × n) = Q C with `cols` reflectors. */
void applyPanels(int64_t rows, int64_t n, int64_t cols, const double* A, int64_t lda, const double* tau, double* C,
                 int64_t ldc, const Poll& poll);

}  // namespace gnvpro
