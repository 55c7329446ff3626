// The Cholesky factorisation of a large matrix, by the threads of a pool.
#pragma once

#include <cstdint>

#include "parallel/pool.h"

namespace gnvpro {

/**
 * A = LLᵀ of the lower triangle, column-major n × n, in place. The blocks depend on n only, and so do the bits of L;
 * the pool polls between them. Returns 0, or the order of a leading block that is not positive definite.
 */
int64_t cholesky(int64_t n, double* A, Pool& pool);

}  // namespace gnvpro
