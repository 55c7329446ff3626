// ½ ‖s − c‖², where it is not projected in closed form. The curvature is ω_n.
#include "loss/kernel.h"

namespace gnvpro {
namespace {

int64_t curvatureColumns(int64_t) { return 1; }

double evaluate(const LossRows& rows) {
  const int64_t t = rows.targets;
  double total = 0;
  for (int64_t n = 0; n < rows.count; ++n) {
    const double weight = rows.weight(n);
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

void curve(int64_t t, int64_t rows, const double* curvature, const double* V, double* out) {
  for (int64_t i = 0; i < rows * t; ++i) out[i] = curvature[i / t] * V[i];
}

void entries(int64_t, int64_t rows, const double* curvature, int64_t j, int64_t k, double* out, int64_t stride) {
  for (int64_t n = 0; n < rows; ++n) out[n * stride] = j == k ? curvature[n] : 0;
}

}  // namespace

const LossKernel kSquaredKernel{"squared", curvatureColumns, evaluate, curve, entries};

}  // namespace gnvpro
