#include "elimination/biased.h"

#include <algorithm>

#include "blas/blas.h"
#include "kernels/block_product.h"
#include "kernels/narrow.h"
#include "kernels/rowwise.h"

namespace gnvpro {

void timesTransposed(const Problem& problem, int64_t rows, const double* Z, const double* W, double* S, bool withBias) {
  const int64_t w = problem.features, m = problem.basis(), t = problem.targets;
  const double* biases = withBias && problem.bias ? W + w : nullptr;
  if (narrow::suits(t)) {
    narrow::timesTransposed(rows, w, t, Z, W, m, biases, S);
    return;
  }
  for (int64_t n = 0; biases != nullptr && n < rows; ++n) {
    for (int64_t j = 0; j < t; ++j) S[n * t + j] = biases[j * m];
  }
  blas::gemm(false, true, rows, t, w, 1, Z, w, W, m, biases != nullptr ? 1 : 0, S, t);
}

void timesTransposed(const Problem& problem, const Tile& tile, const double* Z, const double* W, double* S) {
  timesTransposed(problem, tile.rows(), Z + tile.begin * problem.features, W, S + tile.begin * problem.targets);
}

void timesTransposed(const Problem& problem, const Tiling& tiling, Pool& pool, const double* Z, const double* W,
                     double* S) {
  tiling.visit(pool, [&](const Tile& tile, const Place&) { timesTransposed(problem, tile, Z, W, S); });
}

void addTransposedTimes(const Problem& problem, const Tile& tile, const double* U, const double* Z, bool isFirst,
                        double* sum) {
  const int64_t w = problem.features, m = problem.basis(), t = problem.targets;
  addTransposedFeatures(problem, tile.rows(), U, Z + tile.begin * w, isFirst, sum);
  if (!problem.bias) return;
  std::vector<double> totals(t);
  rowwise::sum(tile.rows(), t, U, false, totals.data());
  for (int64_t j = 0; j < t; ++j) sum[j * m + w] = (isFirst ? 0 : sum[j * m + w]) + totals[j];
}

void timesWeights(const Problem& problem, int64_t rows, double alpha, const double* V, const double* W, bool add,
                  double* U) {
  const int64_t w = problem.features, m = problem.basis(), t = problem.targets;
  block_product::times(rows, w, t, alpha, V, t, W, m, add, U, w);
}

void addTransposedFeatures(const Problem& problem, int64_t rows, const double* U, const double* D, bool isFirst,
                           double* sum) {
  const int64_t w = problem.features, m = problem.basis(), t = problem.targets;
  block_product::transposedTimes(t, w, rows, U, t, D, w, !isFirst, sum, m);
}

FeatureSums::FeatureSums(const Problem& problem, const Tiling& tiling, Pool& pool)
    : problem_(problem), sums_(tiling, problem.targets * problem.basis(), pool) {}

void FeatureSums::run(const double* U, const double* Z, double* total) {
  sums_.run(total, [&](const Tile& tile, const Place& place, double* sum) {
    addTransposedTimes(problem_, tile, U + tile.begin * problem_.targets, Z, place.isFirst, sum);
  });
}

}  // namespace gnvpro
