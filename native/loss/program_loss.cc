#include "loss/program_loss.h"

#include <algorithm>

#include "parallel/zeros.h"

namespace gnvpro {

ProgramLoss::ProgramLoss(const Problem& problem, Pool& pool, const Poll& poll)
    : problem_(problem),
      targets_(problem.targets),
      separable_(problem.loss.isSeparable()),
      tiling_(problem.samples,
              std::max(problem.loss.value->columnsInFlight(), problem.loss.products->columnsInFlight())),
      value_(*problem.loss.value, tiling_, pool),
      hessianProducts_(*problem.loss.products, tiling_, pool),
      losses_(zeros(problem.samples, poll)),
      directions_(zeros(problem.samples * targets_, poll)),
      products_(zeros(problem.samples * targets_, poll)) {}

double ProgramLoss::evaluate(const double* S, double* G, double* curvature, const Cancel& cancel) {
  const int64_t N = problem_.samples, t = targets_;
  value_.run({{S, problem_.C.data()}, {}, {losses_.data(), G}, {}}, nullptr, nullptr, &cancel);
  double sum = 0;
  for (int64_t n = 0; n < N; ++n) sum += weight(n) * losses_[n];
  for (int64_t i = 0; i < N * t; ++i) G[i] *= weight(i / t);
  const Bindings bindings{{S, problem_.C.data(), directions_.data()}, {}, {products_.data()}, {}};
  // The Hessian of a sample by its products with ones, where it is diagonal, or with unit vectors.
  for (int64_t k = 0; k < (separable_ ? 1 : t); ++k) {
    for (int64_t i = 0; i < N * t; ++i) directions_[i] = separable_ || i % t == k ? 1 : 0;
    hessianProducts_.run(bindings, nullptr, nullptr, &cancel);
    for (int64_t n = 0; n < N; ++n) {
      const double* column = products_.data() + n * t;
      double* S_n = curvature + n * curvatureColumns();
      for (int64_t j = 0; j < t; ++j) (separable_ ? S_n[j] : S_n[j * t + k]) = weight(n) * column[j];
    }
  }
  return sum / static_cast<double>(N);
}

void ProgramLoss::curve(int64_t rows, const double* curvature, const double* V, double* out) const {
  const int64_t t = targets_;
  std::vector<double> product(t);
  for (int64_t n = 0; n < rows; ++n) {
    const double* v = V + n * t;
    for (int64_t j = 0; j < t; ++j) {
      product[j] = 0;
      if (separable_) product[j] = curvature[n * t + j] * v[j];
      for (int64_t k = 0; !separable_ && k < t; ++k) product[j] += curvature[(n * t + j) * t + k] * v[k];
    }
    std::copy_n(product.data(), t, out + n * t);
  }
}

void ProgramLoss::entries(int64_t rows, const double* curvature, int64_t j, int64_t k, double* out,
                          int64_t stride) const {
  const int64_t t = targets_;
  for (int64_t n = 0; n < rows; ++n) {
    const double* S_n = curvature + n * curvatureColumns();
    if (separable_) {
      out[n * stride] = j == k ? S_n[j] : 0;
    } else {
      out[n * stride] = 0.5 * (S_n[j * t + k] + S_n[k * t + j]);
    }
  }
}

int64_t ProgramLoss::memoryBytes() const {
  const size_t doubles = losses_.size() + directions_.size() + products_.size();
  return 8 * static_cast<int64_t>(doubles) + value_.memoryBytes() + hessianProducts_.memoryBytes();
}

}  // namespace gnvpro
