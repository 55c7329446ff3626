// The inverse of a large matrix from its Cholesky factor, by the threads of a pool.
#pragma once

#include <cstdint>
#include <vector>

#include "parallel/pool.h"

namespace gnvpro {

/**
 * The lower triangle, row-major, of (LLᵀ)⁻¹ for the L (n × n, column-major, lower triangle) of `cholesky`. Its bits
 * depend on n only; the pool polls between the blocks. What is above the triangle means nothing.
 */
std::vector<double> inverseOf(int64_t n, const double* L, Pool& pool);

}  // namespace gnvpro
