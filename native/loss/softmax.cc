#include "loss/softmax.h"

#include <algorithm>
#include <cmath>

#include "kernels/elementwise.h"

namespace gnvpro {

// The largest logit of a row is taken out first, so that nothing overflows; all exponentials of the rows at once.
double SoftmaxLoss::evaluateRows(const Rows& rows) const {
  const int64_t t = targets();
  double* shifted = rows.scratch;
  double total = 0;
  for (int64_t n = 0; n < rows.count; ++n) {
    const double* s = rows.S + n * t;
    const double* c = rows.C + n * t;
    const double weight = rows.weights == nullptr ? 1 : rows.weights[n];
    const double largest = *std::max_element(s, s + t);
    double target = 0;
    for (int64_t j = 0; j < t; ++j) {
      shifted[n * t + j] = s[j] - largest;
      target += c[j] * shifted[n * t + j];
    }
    total -= weight * target;
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
    const double weight = rows.weights == nullptr ? 1 : rows.weights[n];
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

void SoftmaxLoss::curve(int64_t rows, const double* curvature, const double* V, double* out) const {
  const int64_t t = targets();
  for (int64_t n = 0; n < rows; ++n) {
    const double* p = curvature + n * (t + 1);
    const double* v = V + n * t;
    double mean = 0;
    for (int64_t j = 0; j < t; ++j) mean += p[j] * v[j];
    for (int64_t j = 0; j < t; ++j) out[n * t + j] = p[t] * p[j] * (v[j] - mean);
  }
}

void SoftmaxLoss::entries(int64_t rows, const double* curvature, int64_t j, int64_t k, double* out,
                          int64_t stride) const {
  const int64_t t = targets();
  for (int64_t n = 0; n < rows; ++n) {
    const double* p = curvature + n * (t + 1);
    out[n * stride] = p[t] * (j == k ? p[j] * (1 - p[j]) : -p[j] * p[k]);
  }
}

}  // namespace gnvpro
