// Gradients along combinations of features.
#pragma once

#include <cstdint>

#include "parallel/pool.h"

namespace gnvpro {

/** out (r × size) = L (r × w) · gradients (w × size): what each of w features has, for each of r combinations. */
void mixFeatures(int64_t r, int64_t w, const double* L, const double* gradients, int64_t size, double* out, Pool& pool);

}  // namespace gnvpro
