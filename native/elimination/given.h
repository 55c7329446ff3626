// W is an unknown beside θ: nothing is eliminated.
#pragma once

#include <vector>

#include "elimination/elimination.h"

namespace gnvpro {

class GivenW : public Elimination {
 public:
  GivenW(const Problem& problem, ConvexLoss& loss, const Tiling& tiling, Pool& pool, const Poll& poll);

  bool solve(const double* Z, Eliminated& at, const Cancel& cancel) override;
  InnerFactor* factor(const Eliminated&) override { return nullptr; }
  int64_t memoryBytes() const override { return 8 * static_cast<int64_t>(S_.size()); }

 private:
  std::vector<double> S_;  // N × t: Z̃Wᵀ
};

}  // namespace gnvpro
