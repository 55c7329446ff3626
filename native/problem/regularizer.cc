#include "problem/problem.h"

namespace gnvpro {

void Regularizer::addProduct(const double* x, double* y) const {
  const auto rows = static_cast<int64_t>(rowPointers.size()) - 1;
  for (int64_t i = 0; i < rows; ++i) {
    for (int32_t k = rowPointers[i]; k < rowPointers[i + 1]; ++k) y[i] += values[k] * x[columns[k]];
  }
}

void Regularizer::addTo(double* M) const {
  const auto rows = static_cast<int64_t>(rowPointers.size()) - 1;
  for (int64_t i = 0; i < rows; ++i) {
    for (int32_t k = rowPointers[i]; k < rowPointers[i + 1]; ++k) M[i * rows + columns[k]] += values[k];
  }
}

double Regularizer::evaluate(const double* theta, double* gradient) const {
  const auto rows = static_cast<int64_t>(rowPointers.size()) - 1;
  const auto offset = [&](int64_t i) { return reference.empty() ? theta[i] : theta[i] - reference[i]; };
  double value = 0;
  for (int64_t i = 0; i < rows; ++i) {
    gradient[i] = 0;
    for (int32_t k = rowPointers[i]; k < rowPointers[i + 1]; ++k) gradient[i] += values[k] * offset(columns[k]);
    value += 0.5 * gradient[i] * offset(i);
  }
  return value;
}

}  // namespace gnvpro
