// Whether all features are finite.
#pragma once

#include <cmath>
#include <cstdint>
#include <limits>

#include "samples/reduction.h"

namespace gnvpro {

/** Of N × columns numbers. */
inline bool allFinite(const double* values, int64_t columns, const Tiling& tiling, Pool& pool) {
  Reduction counts(tiling, 1, pool);
  double bad = 0;
  counts.run(&bad, [&](const Tile& tile, const Place& place, double* count) {
    int64_t found = 0;
    for (const double* x = values + tile.begin * columns; x < values + tile.end * columns; ++x) {
      found += !(std::abs(*x) <= std::numeric_limits<double>::max());
    }
    *count = (place.isFirst ? 0 : *count) + static_cast<double>(found);
  });
  return bad == 0;
}

}  // namespace gnvpro
