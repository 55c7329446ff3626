#include "loss/kernel_loss.h"

namespace gnvpro {

KernelLoss::KernelLoss(const Problem& problem, const Tiling& tiling, Pool& pool)
    : problem_(problem), kernel_(*problem.loss.kernel), loss_(tiling, 1, pool) {
  for (int i = 0; i < tiling.workers(); ++i) scratch_.emplace_back(tiling.tileRows() * problem.targets);
}

double KernelLoss::evaluate(const double* S, double* G, double* curvature, const Cancel& cancel) {
  const int64_t t = problem_.targets, columns = curvatureColumns();
  double total = 0;
  loss_.run(&total, [&](const Tile& tile, const Place& place, double* sum) {
    cancel.poll();
    const int64_t at = tile.begin;
    const double share =
        kernel_.evaluate({tile.rows(), t, S + at * t, problem_.C.data() + at * t,
                          problem_.sampleWeights.empty() ? nullptr : problem_.sampleWeights.data() + at, G + at * t,
                          curvature + at * columns, scratch_[place.worker].data()});
    *sum = place.isFirst ? share : *sum + share;
  });
  return total / static_cast<double>(problem_.samples.total);
}

int64_t KernelLoss::memoryBytes() const {
  size_t doubles = 0;
  for (const auto& scratch : scratch_) doubles += scratch.size();
  return static_cast<int64_t>(doubles * sizeof(double)) + loss_.memoryBytes();
}

}  // namespace gnvpro
