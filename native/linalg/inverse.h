// The inverse of a large matrix from its Cholesky factor, by the threads of a pool.
#pragma once

#include <cstdint>
#include <vector>

#include "parallel/pool.h"

namespace gnvpro {

/**
 * X = L⁻ᵀ, so that XXᵀ = (LLᵀ)⁻¹: column-major, zero below the diagonal, for the L (n × n, column-major, lower
 * triangle) of `cholesky`. Its bits depend on n only; the pool polls between the blocks.
 */
std::vector<double> inverseRoot(int64_t n, const double* L, Pool& pool);

/**
 * The lower triangle, row-major, of (LLᵀ)⁻¹ for such an L, in the same way. What is above
 * the triangle means nothing.
 */
std::vector<double> inverseOf(int64_t n, const double* L, Pool& pool);

}  // namespace gnvpro
