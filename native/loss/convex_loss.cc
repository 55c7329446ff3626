#include "loss/convex_loss.h"

#include "loss/kernel.h"
#include "loss/kernel_loss.h"
#include "loss/program_loss.h"

namespace gnvpro {

std::span<const LossKernel* const> lossKernels() {
  static constexpr const LossKernel* kKernels[] = {&kSquaredKernel, &kLogisticKernel, &kSoftmaxKernel};
  return kKernels;
}

std::unique_ptr<ConvexLoss> makeConvexLoss(const Problem& problem, const Tiling& tiling, Pool& pool, const Poll& poll) {
  if (problem.loss.kernel == nullptr) return std::make_unique<ProgramLoss>(problem, pool, poll);
  return std::make_unique<KernelLoss>(problem, tiling, pool);
}

}  // namespace gnvpro
