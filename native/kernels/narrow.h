// Products of a tall matrix of samples that have few columns: BLAS would pack the tall operand, which here costs more
// than the arithmetic.
#pragma once

#include <cstdint>

namespace gnvpro::narrow {

/** Whether the kernel below is made for so many columns t; else BLAS is faster. */
bool suits(int64_t t);

/** S = Z Wᵀ + bias, with Z rows × w, W t × w of row stride ldW, and a bias for each column of S (stride ldW), or null.
 */
void timesTransposed(int64_t rows, int64_t w, int64_t t, const double* Z, const double* W, int64_t ldW,
                     const double* bias, double* S);

}  // namespace gnvpro::narrow
