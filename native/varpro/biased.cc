#include "varpro/biased.h"

#include <algorithm>

#include "blas/blas.h"
#include "program/narrow.h"

namespace gnvpro {

void timesTransposed(const Problem& problem, const Tile& tile, const double* Z, const double* W, double* S) {
  const int64_t w = problem.features, m = problem.basis(), t = problem.targets;
  double* rows = S + tile.begin * t;
  if (narrow::suits(t)) {
    narrow::timesTransposed(tile.rows(), w, t, Z + tile.begin * w, W, m, problem.bias ? W + w : nullptr, rows);
    return;
  }
  for (int64_t n = 0; problem.bias && n < tile.rows(); ++n) {
    for (int64_t j = 0; j < t; ++j) rows[n * t + j] = W[j * m + w];
  }
  blas::gemm(false, true, tile.rows(), t, w, 1, Z + tile.begin * w, w, W, m, problem.bias ? 1 : 0, rows, t);
}

void addTransposedTimes(const Problem& problem, const Tile& tile, const double* U, const double* Z, bool isFirst,
                        double* sum) {
  const int64_t w = problem.features, m = problem.basis(), t = problem.targets;
  if (narrow::suits(t)) {
    if (isFirst) std::fill_n(sum, t * m, 0.0);
    narrow::addTransposedTimes(tile.rows(), w, t, U, Z + tile.begin * w, sum, m);
  } else {
    blas::gemm(true, false, t, w, tile.rows(), 1, U, t, Z + tile.begin * w, w, isFirst ? 0 : 1, sum, m);
  }
  if (!problem.bias) return;
  for (int64_t j = 0; isFirst && j < t; ++j) sum[j * m + w] = 0;
  for (int64_t n = 0; n < tile.rows(); ++n) {
    for (int64_t j = 0; j < t; ++j) sum[j * m + w] += U[n * t + j];
  }
}

FeatureSums::FeatureSums(const Problem& problem, const Tiling& tiling, Pool& pool)
    : problem_(problem), tiling_(tiling), pool_(pool), sums_(tiling.groups(), problem.targets * problem.basis()) {}

void FeatureSums::run(const double* U, const double* Z, double* total) {
  pool_.run(tiling_.groups(), [&](int64_t group, int) {
    const auto [first, last] = tiling_.group(group);
    for (int64_t i = first; i < last; ++i) {
      const Tile tile = tiling_.tile(i);
      addTransposedTimes(problem_, tile, U + tile.begin * problem_.targets, Z, i == first, sums_.part(group));
    }
  });
  sums_.combine(total);
}

}  // namespace gnvpro
