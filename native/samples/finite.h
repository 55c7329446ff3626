// Whether all features are finite.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <vector>

#include "parallel/pool.h"
#include "program/executor.h"

namespace gnvpro {

/** Of N × columns numbers. */
inline bool allFinite(const double* values, int64_t columns, const Tiling& tiling, Pool& pool) {
  std::vector<char> finite(tiling.groups());
  pool.run(tiling.groups(), [&](int64_t group, int) {
    const auto [first, last] = tiling.group(group);
    const double* end = values + tiling.tile(last - 1).end * columns;
    int64_t bad = 0;
    for (const double* x = values + tiling.tile(first).begin * columns; x < end; ++x) {
      bad += !(std::abs(*x) <= std::numeric_limits<double>::max());
    }
    finite[group] = bad == 0;
  });
  return std::all_of(finite.begin(), finite.end(), [](char ok) { return ok != 0; });
}

}  // namespace gnvpro
