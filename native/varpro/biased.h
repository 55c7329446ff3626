// Products with Z̃ = [Z 1] for features Z (N × w), without storing the column of ones.
#pragma once

#include <cstdint>
#include <vector>

#include "program/executor.h"
#include "varpro/group_sums.h"
#include "varpro/problem.h"

namespace gnvpro {

/** The tile's rows of S = Z̃Wᵀ (N × t), W t × m. */
void timesTransposed(const Problem& problem, const Tile& tile, const double* Z, const double* W, double* S);

/** The tile's share of UᵀZ̃ (t × m), U the tile's rows (rows × t): added to `sum`, or written where it is the first. */
void addTransposedTimes(const Problem& problem, const Tile& tile, const double* U, const double* Z, bool isFirst,
                        double* sum);

/** UᵀZ̃ of all tiles, t × m, for U N × t. */
class FeatureSums {
 public:
  FeatureSums(const Problem& problem, const Tiling& tiling, Pool& pool);

  void run(const double* U, const double* Z, double* total);

 private:
  const Problem& problem_;
  const Tiling& tiling_;
  Pool& pool_;
  GroupSums sums_;
};

}  // namespace gnvpro
