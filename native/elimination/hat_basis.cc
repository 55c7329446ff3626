#include "elimination/hat_basis.h"

#include <algorithm>
#include <cmath>

#include "kernels/block_product.h"

namespace gnvpro {

void basisRows(const Problem& problem, const Eliminated& at, const Tile& tile, const double* Z, double* B) {
  const int64_t w = problem.features, m = problem.basis();
  const double scale = 1 / std::sqrt(static_cast<double>(problem.samples.total));
  const double* T = at.T.data();
  if (problem.bias) {
    for (int64_t n = 0; n < tile.rows(); ++n)
      std::transform(T + w * m, T + m * m, B + n * m, [&](double x) { return scale * x; });
  }
  block_product::times(tile.rows(), m, w, scale, Z, w, T, m, problem.bias, B, m);
  if (problem.sampleWeights.empty()) return;
  for (int64_t i = 0; i < tile.rows() * m; ++i) B[i] *= problem.sampleWeights[tile.begin + i / m];
}

void weightedRows(const Problem& problem, const Tile& tile, const double* Z, double* rows) {
  const int64_t w = problem.features, m = problem.basis();
  for (int64_t n = 0; n < tile.rows(); ++n) {
    const double weight = problem.sampleWeights.empty() ? 1 : problem.sampleWeights[tile.begin + n];
    for (int64_t j = 0; j < w; ++j) rows[n * m + j] = weight * Z[n * w + j];
    if (problem.bias) rows[n * m + w] = weight;
  }
}

}  // namespace gnvpro
