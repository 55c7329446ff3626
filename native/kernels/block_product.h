// Products with a matrix that stays in cache, straight from the rows of both: BLAS copies its operands first, which for
// the tall and narrow matrices of samples costs as much as a part of the arithmetic. Where none stays in cache, BLAS
// does the work all the same.
#pragma once

#include <cstdint>
#include <type_traits>

#include "kernels/ahead.h"

namespace gnvpro::block_product {

// `ahead`, where given, is fetched on the way.

/** C = alpha A B, added to C or written; all row-major: A m × k, B k × n, C m × n, with their row strides. */
template <typename T>
void times(int64_t m, int64_t n, int64_t k, std::type_identity_t<T> alpha, const T* A, int64_t lda, const T* B,
           int64_t ldb, bool add, T* C, int64_t ldc, Ahead<T>* ahead = nullptr);

/** C = A Bᵀ; A m × k, B n × k, C m × n. */
template <typename T>
void timesTransposed(int64_t m, int64_t n, int64_t k, const T* A, int64_t lda, const T* B, int64_t ldb, T* C,
                     int64_t ldc, Ahead<T>* ahead = nullptr);

/** C = AᵀB, added to C or written; A rows × m, B rows × n, C m × n. */
template <typename T>
void transposedTimes(int64_t m, int64_t n, int64_t rows, const T* A, int64_t lda, const T* B, int64_t ldb, bool add,
                     T* C, int64_t ldc, Ahead<T>* ahead = nullptr);

/**
 * z_i z_l of a row of m numbers for `count` pairs l ≤ i from the pair (i, l) on, in the order (i, 0) … (i, i),
 * (i + 1, 0) … . `z` and `out` have room for `kOverrun` numbers more.
 */
void pairs(const double* z, int64_t i, int64_t l, int64_t count, double* out);

inline constexpr int64_t kOverrun = 8;

}  // namespace gnvpro::block_product
