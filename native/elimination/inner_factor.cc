#include "elimination/inner_factor.h"

namespace gnvpro {

std::vector<double> InnerFactor::inverse(const Cancel& cancel) {
  std::vector<double> inverse(order_ * order_);
  for (int64_t i = 0; i < order_; ++i) {
    cancel.poll();
    inverse[i * (order_ + 1)] = 1;
    solve(inverse.data() + i * order_, cancel);
  }
  return inverse;
}

}  // namespace gnvpro
