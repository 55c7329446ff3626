#include "loss/convex_loss.h"

#include <vector>

#include "loss/kernel.h"
#include "loss/program_loss.h"
#include "samples/reduction.h"

namespace gnvpro {
namespace {

/** A loss by its kernel: tiles of rows in parallel, summed in a fixed order. */
class KernelLoss : public ConvexLoss {
 public:
  KernelLoss(const Problem& problem, const Tiling& tiling, Pool& pool)
      : problem_(problem), kernel_(*problem.loss.kernel), loss_(tiling, 1, pool) {
    for (int i = 0; i < tiling.workers(); ++i) scratch_.emplace_back(tiling.tileRows() * problem.targets);
  }

  int64_t curvatureColumns() const override { return kernel_.curvatureColumns(problem_.targets); }

  double evaluate(const double* S, double* G, double* curvature, const Cancel& cancel) override {
    const int64_t t = problem_.targets, columns = curvatureColumns();
    double total = 0;
    loss_.run(&total, [&](const Tile& tile, const Place& place, double* sum) {
      cancel.poll();
      const int64_t at = tile.begin;
      const double share =
          kernel_.evaluate({tile.rows(), t, S + at * t, problem_.C.rows(at, tile.rows(), t, place.worker),
                            problem_.sampleWeights.empty() ? nullptr : problem_.sampleWeights.data() + at, G + at * t,
                            curvature + at * columns, scratch_[place.worker].data()});
      *sum = place.isFirst ? share : *sum + share;
    });
    return total / static_cast<double>(problem_.samples.total);
  }

  void curve(int64_t rows, const double* curvature, const double* V, double* out) const override {
    kernel_.curve(problem_.targets, rows, curvature, V, out);
  }

  void entries(int64_t rows, const double* curvature, int64_t j, int64_t k, double* out,
               int64_t stride) const override {
    kernel_.entries(problem_.targets, rows, curvature, j, k, out, stride);
  }

  int64_t memoryBytes() const override {
    size_t doubles = 0;
    for (const auto& scratch : scratch_) doubles += scratch.size();
    return static_cast<int64_t>(doubles * sizeof(double)) + loss_.memoryBytes();
  }

 private:
  const Problem& problem_;
  const LossKernel& kernel_;
  Reduction loss_;
  std::vector<std::vector<double>> scratch_;  // by worker
};

}  // namespace

std::span<const LossKernel* const> lossKernels() {
  static constexpr const LossKernel* kKernels[] = {&kSquaredKernel, &kLogisticKernel, &kSoftmaxKernel};
  return kKernels;
}

std::unique_ptr<ConvexLoss> makeConvexLoss(const Problem& problem, const Tiling& tiling, Pool& pool, const Poll& poll) {
  if (problem.loss.kernel == nullptr) return std::make_unique<ProgramLoss>(problem, pool, poll);
  return std::make_unique<KernelLoss>(problem, tiling, pool);
}

}  // namespace gnvpro
