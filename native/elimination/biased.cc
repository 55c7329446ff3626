#include "elimination/biased.h"

#include <algorithm>

#include "blas/blas.h"
#include "kernels/block_product.h"
#include "kernels/narrow.h"
#include "kernels/rowwise.h"

namespace gnvpro {

void timesTransposed(const Problem& problem, const Tile& tile, const double* Z, const double* W, double* S,
                     bool withBias) {
  const int64_t w = problem.features, m = problem.basis(), t = problem.targets;
  const double* biases = withBias && problem.bias ? W + w : nullptr;
  double* rows = S + tile.begin * t;
  if (narrow::suits(t)) {
    narrow::timesTransposed(tile.rows(), w, t, Z + tile.begin * w, W, m, biases, rows);
    return;
  }
  for (int64_t n = 0; biases != nullptr && n < tile.rows(); ++n) {
    for (int64_t j = 0; j < t; ++j) rows[n * t + j] = biases[j * m];
  }
  blas::gemm(false, true, tile.rows(), t, w, 1, Z + tile.begin * w, w, W, m, biases != nullptr ? 1 : 0, rows, t);
}

void timesTransposed(const Problem& problem, const Tiling& tiling, Pool& pool, const double* Z, const double* W,
                     double* S) {
  tiling.visit(pool, [&](const Tile& tile, const Place&) { timesTransposed(problem, tile, Z, W, S); });
}

void addTransposedTimes(const Problem& problem, const Tile& tile, const double* U, const double* Z, bool isFirst,
                        double* sum) {
  const int64_t w = problem.features, m = problem.basis(), t = problem.targets;
  addTransposedFeatures(problem, tile, U, Z, isFirst, sum);
  if (!problem.bias) return;
  std::vector<double> totals(t);
  rowwise::sum(tile.rows(), t, U, false, totals.data());
  for (int64_t j = 0; j < t; ++j) sum[j * m + w] = (isFirst ? 0 : sum[j * m + w]) + totals[j];
}

void timesWeights(const Problem& problem, const Tile& tile, double alpha, const double* V, const double* W, bool add,
                  double* U) {
  const int64_t w = problem.features, m = problem.basis(), t = problem.targets, N = tile.rows();
  V += tile.begin * t;
  U += tile.begin * w;
  block_product::times(N, w, t, alpha, V, t, W, m, add, U, w);
}

void addTransposedFeatures(const Problem& problem, const Tile& tile, const double* U, const double* D, bool isFirst,
                           double* sum) {
  const int64_t w = problem.features, m = problem.basis(), t = problem.targets, N = tile.rows();
  D += tile.begin * w;
  block_product::transposedTimes(t, w, N, U, t, D, w, !isFirst, sum, m);
}

FeatureSums::FeatureSums(const Problem& problem, const Tiling& tiling, Pool& pool)
    : problem_(problem), sums_(tiling, problem.targets * problem.basis(), pool) {}

void FeatureSums::run(const double* U, const double* Z, double* total) {
  sums_.run(total, [&](const Tile& tile, const Place& place, double* sum) {
    addTransposedTimes(problem_, tile, U + tile.begin * problem_.targets, Z, place.isFirst, sum);
  });
}

}  // namespace gnvpro
