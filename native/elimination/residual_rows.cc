#include "elimination/residual_rows.h"

#include "blas/blas.h"
#include "elimination/biased.h"

namespace gnvpro {

double formResidual(const Problem& problem, const Eliminated& at, const Tile& tile, const double* Z, int worker,
                    double* R) {
  const int64_t t = problem.targets;
  const double* C = problem.C.rows(tile.begin, tile.rows(), t, worker);
  timesTransposed(problem, tile.rows(), Z, at.W.data(), R);
  for (int64_t i = 0; i < tile.rows() * t; ++i) R[i] -= C[i];
  if (problem.sampleWeights.empty()) return blas::dot(tile.rows() * t, R, R);
  double total = 0;
  for (int64_t n = 0; n < tile.rows(); ++n) {
    const double weight = problem.sampleWeights[tile.begin + n];
    total += weight * blas::dot(t, R + n * t, R + n * t);
    for (int64_t j = 0; j < t; ++j) R[n * t + j] *= weight;
  }
  return total;
}

const double* ResidualRows::of(const Eliminated& at, const Tile& tile, const double* Z, int worker) {
  if (!at.R.empty()) return at.R.data() + tile.begin * problem_.targets;
  double* R = tiles_.of(worker);
  formResidual(problem_, at, tile, Z, worker, R);
  return R;
}

}  // namespace gnvpro
