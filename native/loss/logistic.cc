#include "loss/logistic.h"

#include <algorithm>
#include <cmath>

#include "kernels/elementwise.h"

namespace gnvpro {

// By e = exp(−|s|), which cannot overflow.
double LogisticLoss::evaluateRows(const Rows& rows) const {
  const int64_t t = targets(), size = rows.count * t;
  double* e = rows.scratch;
  for (int64_t i = 0; i < size; ++i) e[i] = -std::abs(rows.S[i]);
  elementwise::unary(UnaryKind::exp, 0, size, e, e);
  double total = 0;
  for (int64_t i = 0; i < size; ++i) {
    const double weight = rows.weights == nullptr ? 1 : rows.weights[i / t];
    const double s = rows.S[i], c = rows.C[i], inverse = 1 / (1 + e[i]);
    total += weight * (std::max(s, 0.0) + std::log1p(e[i]) - c * s);
    rows.G[i] = weight * ((s >= 0 ? 1 : e[i]) * inverse - c);
    rows.curvature[i] = weight * e[i] * inverse * inverse;
  }
  return total;
}

void LogisticLoss::curve(int64_t rows, const double* curvature, const double* V, double* out) const {
  elementwise::mul(rows * targets(), curvature, V, out);
}

void LogisticLoss::entries(int64_t rows, const double* curvature, int64_t j, int64_t k, double* out,
                           int64_t stride) const {
  for (int64_t n = 0; n < rows; ++n) out[n * stride] = j == k ? curvature[n * targets() + j] : 0;
}

}  // namespace gnvpro
