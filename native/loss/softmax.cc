// Softmax cross entropy ℓ(s, c) = (Σ c_j) log Σ exp(s_j) − cᵀs.
// The curvature is p_n and then T_n = ω_n Σ_j c_nj: S_n = T_n (diag(p_n) − p_n p_nᵀ).
#include <algorithm>
#include <cmath>

#include "kernels/elementwise.h"
#include "loss/kernel.h"

namespace gnvpro {
namespace {

int64_t curvatureColumns(int64_t t) { return t + 1; }

// The largest logit of a row is taken out first, so that nothing overflows; all exponentials of the rows at once.
double evaluate(const LossRows& rows) {
  const int64_t t = rows.targets;
  double* shifted = rows.scratch;
  double total = 0;
  for (int64_t n = 0; n < rows.count; ++n) {
    const double* s = rows.S + n * t;
    const double* c = rows.C + n * t;
    const double largest = *std::max_element(s, s + t);
    double target = 0;
    for (int64_t j = 0; j < t; ++j) {
      shifted[n * t + j] = s[j] - largest;
      target += c[j] * shifted[n * t + j];
    }
    total -= rows.weight(n) * target;
  }
  elementwise::unary(UnaryKind::exp, 0, rows.count * t, shifted, shifted);
  for (int64_t n = 0; n < rows.count; ++n) {
    const double* e = shifted + n * t;
    const double* c = rows.C + n * t;
    double sum = 0, targetSum = 0;
    for (int64_t j = 0; j < t; ++j) {
      sum += e[j];
      targetSum += c[j];
    }
    const double weight = rows.weight(n);
    total += weight * targetSum * std::log(sum);
    double* p = rows.curvature + n * (t + 1);
    for (int64_t j = 0; j < t; ++j) {
      p[j] = e[j] / sum;
      rows.G[n * t + j] = weight * (targetSum * p[j] - c[j]);
    }
    p[t] = weight * targetSum;
  }
  return total;
}

void curve(int64_t t, int64_t rows, const double* curvature, const double* V, double* out) {
  for (int64_t n = 0; n < rows; ++n) {
    const double* p = curvature + n * (t + 1);
    const double* v = V + n * t;
    double mean = 0;
    for (int64_t j = 0; j < t; ++j) mean += p[j] * v[j];
    for (int64_t j = 0; j < t; ++j) out[n * t + j] = p[t] * p[j] * (v[j] - mean);
  }
}

void entries(int64_t t, int64_t rows, const double* curvature, int64_t j, int64_t k, double* out, int64_t stride) {
  for (int64_t n = 0; n < rows; ++n) {
    const double* p = curvature + n * (t + 1);
    out[n * stride] = p[t] * (j == k ? p[j] * (1 - p[j]) : -p[j] * p[k]);
  }
}

}  // namespace

const LossKernel kSoftmaxKernel{"softmax", curvatureColumns, evaluate, curve, entries};

}  // namespace gnvpro
