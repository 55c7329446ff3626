// The root of a covariance H⁻¹SH⁻¹ from that of H⁻¹.
#pragma once

#include <cstdint>
#include <vector>

#include "parallel/pool.h"

namespace gnvpro {

/**
 * X = L⁻ᵀ, as inverseRoot has it, becomes the upper triangular Y with YYᵀ = XXᵀSXXᵀ, S symmetric (n × n, whole), whose
 * memory is used up. Its bits depend on n only; the pool polls between the blocks. False where XᵀSX is not positive
 * definite to rounding.
 */
bool takeSandwich(int64_t n, std::vector<double>& S, std::vector<double>& X, Pool& pool);

}  // namespace gnvpro
