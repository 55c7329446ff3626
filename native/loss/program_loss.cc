#include "loss/program_loss.h"

#include <algorithm>

#include "parallel/zeros.h"

namespace gnvpro {

ProgramLoss::ProgramLoss(const Problem& problem, Pool& pool, const Poll& poll)
    : problem_(problem),
      targets_(problem.targets),
      separable_(problem.loss.isSeparable()),
      tiling_(problem.samples,
              std::max(problem.loss.value->columnsInFlight(), problem.loss.products->columnsInFlight()),
              pool.threads()),
      loss_(tiling_, 1, pool),
      value_(*problem.loss.value, tiling_, pool),
      hessianProducts_(*problem.loss.products, tiling_, pool),
      losses_(zeros(problem.samples.count, poll)),
      directions_(zeros(problem.samples.count * targets_, poll)),
      products_(zeros(problem.samples.count * targets_, poll)) {}

double ProgramLoss::evaluate(const double* S, double* G, double* curvature, const Cancel& cancel) {
  const int64_t t = targets_;
  const auto weigh = [&](const Tile& tile, const Place& place) {
    double share = 0;
    for (int64_t n = tile.begin; n < tile.end; ++n) share += weight(n) * losses_[n];
    loss_.add(place, [&](double* sum) { *sum = place.isFirst ? share : *sum + share; });
    for (int64_t i = tile.begin * t; i < tile.end * t; ++i) G[i] *= weight(i / t);
  };
  value_.run({{S, problem_.C}, {}, {losses_.data(), G}, {}}, nullptr, weigh, &cancel);
  double total = 0;
  loss_.total(&total);
  // The Hessian of a sample by its products with ones, where it is diagonal, or with unit vectors.
  for (int64_t k = 0; k < (separable_ ? 1 : t); ++k) evaluateColumn(k, S, curvature, cancel);
  return total / static_cast<double>(problem_.samples.total);
}

/** Column k of the Hessians, or the diagonal. */
void ProgramLoss::evaluateColumn(int64_t k, const double* S, double* curvature, const Cancel& cancel) {
  const int64_t t = targets_;
  const auto direct = [&](const Tile& tile, const Place&) {
    for (int64_t i = tile.begin * t; i < tile.end * t; ++i) directions_[i] = separable_ || i % t == k ? 1 : 0;
  };
  const auto place = [&](const Tile& tile, const Place&) {
    for (int64_t n = tile.begin; n < tile.end; ++n) {
      double* S_n = curvature + n * curvatureColumns();
      for (int64_t j = 0; j < t; ++j) (separable_ ? S_n[j] : S_n[j * t + k]) = weight(n) * products_[n * t + j];
    }
  };
  hessianProducts_.run({{S, problem_.C, directions_.data()}, {}, {products_.data()}, {}}, direct, place, &cancel);
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
