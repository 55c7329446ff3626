// Logistic loss Σ_j log(1 + exp(s_j)) − c_j s_j: one binary target, or several labels.
// The curvature is the diagonal of S_n.
#include <algorithm>
#include <cmath>

#include "kernels/elementwise.h"
#include "loss/kernel.h"

namespace gnvpro {
namespace {

int64_t curvatureColumns(int64_t t) { return t; }

// By e = exp(−|s|), which cannot overflow.
double evaluate(const LossRows& rows) {
  const int64_t t = rows.targets, size = rows.count * t;
  double* e = rows.scratch;
  for (int64_t i = 0; i < size; ++i) e[i] = -std::abs(rows.S[i]);
  elementwise::unary(UnaryKind::exp, 0, size, e, e);
  double total = 0;
  for (int64_t i = 0; i < size; ++i) {
    const double weight = rows.weight(i / t);
    const double s = rows.S[i], c = rows.C[i], inverse = 1 / (1 + e[i]);
    total += weight * (std::max(s, 0.0) + std::log1p(e[i]) - c * s);
    rows.G[i] = weight * ((s >= 0 ? 1 : e[i]) * inverse - c);
    rows.curvature[i] = weight * e[i] * inverse * inverse;
  }
  return total;
}

void curve(int64_t t, int64_t rows, const double* curvature, const double* V, double* out) {
  elementwise::mul(rows * t, curvature, V, out);
}

void entries(int64_t t, int64_t rows, const double* curvature, int64_t j, int64_t k, double* out, int64_t stride) {
  for (int64_t n = 0; n < rows; ++n) out[n * stride] = j == k ? curvature[n * t + j] : 0;
}

}  // namespace

const LossKernel kLogisticKernel{"logistic", curvatureColumns, evaluate, curve, entries};

}  // namespace gnvpro
