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

/** The same in memory (n × n) of zeros, or of such an X. */
void inverseRoot(int64_t n, const double* L, std::vector<double>& X, Pool& pool);

/**
 * The lower triangle, row-major, of XXᵀ for such an X, in the same way, into memory (n × n). What is above the triangle
 * means nothing.
 */
void inverseOfRoot(int64_t n, const std::vector<double>& X, std::vector<double>& inverse, Pool& pool);

}  // namespace gnvpro
