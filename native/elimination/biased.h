// Products with Z̃ = [Z 1] for features Z (N × w), without storing the column of ones.
#pragma once

#include <cstdint>
#include <vector>

#include "problem/problem.h"
#include "samples/reduction.h"

namespace gnvpro {

/** S = Z̃Wᵀ of some rows (rows × t), W t × m, or Z times the other columns where the bias's is left out. */
void timesTransposed(const Problem& problem, int64_t rows, const double* Z, const double* W, double* S,
                     bool withBias = true);

/** The tile's rows of it, Z N × w and S N × t. */
void timesTransposed(const Problem& problem, const Tile& tile, const double* Z, const double* W, double* S);

/** All rows of S = Z̃Wᵀ, tiles in parallel. */
void timesTransposed(const Problem& problem, const Tiling& tiling, Pool& pool, const double* Z, const double* W,
                     double* S);

/** The tile's share of UᵀZ̃ (t × m), U the tile's rows (rows × t): added to `sum`, or written where it is the first. */
void addTransposedTimes(const Problem& problem, const Tile& tile, const double* U, const double* Z, bool isFirst,
                        double* sum);

/** U = α V W without the last column of W, the bias's, for some rows: V rows × t, W t × m, U rows × w; added or
 * written. */
void timesWeights(const Problem& problem, int64_t rows, double alpha, const double* V, const double* W, bool add,
                  double* U);

/** UᵀD (the first w columns of a t × m matrix) of some rows, U rows × t and D rows × w: added or written. */
void addTransposedFeatures(const Problem& problem, int64_t rows, const double* U, const double* D, bool isFirst,
                           double* sum);

/** UᵀZ̃ of all tiles, t × m, for U N × t. */
class FeatureSums {
 public:
  FeatureSums(const Problem& problem, const Tiling& tiling, Pool& pool);

  void run(const double* U, const double* Z, double* total);
  int64_t memoryBytes() const { return sums_.memoryBytes(); }

 private:
  const Problem& problem_;
  Reduction sums_;
};

}  // namespace gnvpro
