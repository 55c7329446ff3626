// A symmetric matrix from its lower triangle.
#pragma once

#include <cstdint>

#include "parallel/pool.h"

namespace gnvpro {

/** Copies the lower triangle of H, n × n, to the upper one. */
void mirrorLower(int64_t n, double* H, Pool& pool);

}  // namespace gnvpro
