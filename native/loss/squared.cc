#include "loss/squared.h"

namespace gnvpro {

double SquaredLoss::evaluateRows(const Rows& rows) const {
  const int64_t t = targets();
  double total = 0;
  for (int64_t n = 0; n < rows.count; ++n) {
    const double weight = rows.weights == nullptr ? 1 : rows.weights[n];
    double sum = 0;
    for (int64_t i = n * t; i < (n + 1) * t; ++i) {
      const double r = rows.S[i] - rows.C[i];
      sum += r * r;
      rows.G[i] = weight * r;
    }
    total += 0.5 * weight * sum;
    rows.curvature[n] = weight;
  }
  return total;
}

void SquaredLoss::curve(int64_t rows, const double* curvature, const double* V, double* out) const {
  const int64_t t = targets();
  for (int64_t i = 0; i < rows * t; ++i) out[i] = curvature[i / t] * V[i];
}

void SquaredLoss::entries(int64_t rows, const double* curvature, int64_t j, int64_t k, double* out,
                          int64_t stride) const {
  for (int64_t n = 0; n < rows; ++n) out[n * stride] = j == k ? curvature[n] : 0;
}

}  // namespace gnvpro
