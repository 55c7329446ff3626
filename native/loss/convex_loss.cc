#include "loss/convex_loss.h"

#include <stdexcept>

#include "loss/logistic.h"
#include "loss/softmax.h"
#include "loss/squared.h"
#include "loss/traced.h"

namespace gnvpro {

std::unique_ptr<ConvexLoss> makeConvexLoss(const Problem& problem, const Tiling& tiling, Pool& pool, const Poll& poll) {
  switch (problem.loss.kind) {
    case LossKind::softmax:
      return std::make_unique<SoftmaxLoss>(problem, tiling, pool);
    case LossKind::logistic:
      return std::make_unique<LogisticLoss>(problem, tiling, pool);
    case LossKind::traced:
      return std::make_unique<TracedLoss>(problem, pool, poll);
    case LossKind::leastSquares:
      return std::make_unique<SquaredLoss>(problem, tiling, pool);
  }
  throw std::logic_error("unknown loss");
}

}  // namespace gnvpro
