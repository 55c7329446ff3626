// Rows of B, whose columns span what the projection takes out: formed where they are needed, since all N are many.
#pragma once

#include "elimination/eliminated.h"
#include "problem/problem.h"
#include "samples/tiling.h"

namespace gnvpro {

/**
 * Up to this condition Z̃T is orthonormal, and G⁻¹ = TTᵀ the inverse, as exactly as products need it: their rounding
 * grows with the condition, as that of the space of Householder's Q does.
 */
inline constexpr double kLargestCondition = 1e5;

/** B = ΩZ̃T/√N of a tile's rows, rows × m, from its rows of Z. */
void basisRows(const Problem& problem, const Eliminated& at, const Tile& tile, const double* Z, double* B);

/** ΩZ̃ of the same. */
void weightedRows(const Problem& problem, const Tile& tile, const double* Z, double* rows);

}  // namespace gnvpro
