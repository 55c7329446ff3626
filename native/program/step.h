// One instruction, resolved to its kernel and where its arrays stand, so that running it looks nothing up but pointers.
#pragma once

#include <cstdint>

#include "program/operation.h"
#include "program/program.h"

namespace gnvpro {

class Step {
 public:
  Step(const Program& program, int32_t id);

  /**
   * Runs on the arrays of `values` (by value id). `rows`: samples in this tile. `accumulate`: a sum over samples adds
   * to what its accumulator holds; other instructions ignore it. Products fetch what is `ahead`.
   */
  void run(double* const* values, int64_t rows, bool accumulate, Ahead* ahead = nullptr) const;

 private:
  Kernel kernel_;
  bool samples_;         // the result has a row for each sample
  bool sums_;            // the result is a sum over samples
  int32_t out_, a_, b_;  // values; a and b 0 where there are no such operands
  int64_t rows_, cols_;  // of the result
};

}  // namespace gnvpro
