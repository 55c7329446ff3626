#include "loss/kernel_loss.h"

namespace gnvpro {

KernelLoss::KernelLoss(const Problem& problem, const Tiling& tiling, Pool& pool)
    : problem_(problem), kernel_(*problem.loss.kernel), tiling_(tiling), pool_(pool), sums_(tiling.groups()) {
  for (int i = 0; i < pool.threads(); ++i) scratch_.emplace_back(tiling.tileRows() * problem.targets);
}

double KernelLoss::evaluate(const double* S, double* G, double* curvature, const Cancel& cancel) {
  const int64_t t = problem_.targets, columns = curvatureColumns();
  pool_.run(tiling_.groups(), [&](int64_t group, int worker) {
    const auto [first, last] = tiling_.group(group);
    double sum = 0;
    for (int64_t i = first; i < last; ++i) {
      cancel.poll();
      const Tile tile = tiling_.tile(i);
      const int64_t at = tile.begin;
      sum += kernel_.evaluate({tile.rows(), t, S + at * t, problem_.C.data() + at * t,
                               problem_.sampleWeights.empty() ? nullptr : problem_.sampleWeights.data() + at,
                               G + at * t, curvature + at * columns, scratch_[worker].data()});
    }
    sums_[group] = sum;
  });
  double total = 0;
  for (const double part : sums_) total += part;
  return total / static_cast<double>(problem_.samples);
}

int64_t KernelLoss::memoryBytes() const {
  size_t doubles = sums_.size();
  for (const auto& scratch : scratch_) doubles += scratch.size();
  return static_cast<int64_t>(doubles * sizeof(double));
}

}  // namespace gnvpro
