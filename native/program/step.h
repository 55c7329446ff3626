// One instruction, resolved to what its kernel needs, so that running it looks nothing up but pointers.
#pragma once

#include <cstdint>
#include <vector>

#include "kernels/rowwise.h"
#include "program/ahead.h"
#include "program/program.h"

namespace gnvpro {

class Step {
 public:
  Step(const Program& program, int32_t id);

  /** Inputs and constants are read in place: nothing to run. */
  bool isNoOp() const;

  /**
   * Runs on the arrays of `values` (by value id). `rows`: samples in this tile. `accumulate`: a sum over samples adds
   * to what its accumulator holds; other instructions ignore it. Products fetch what is `ahead`.
   */
  void run(double* const* values, int64_t rows, bool accumulate, Ahead* ahead = nullptr) const;

 private:
  void matmul(double* const* values, int64_t rows, bool accumulate, Ahead* ahead) const;
  void concat(double* const* values, int64_t rows) const;

  Opcode opcode_;
  UnaryKind kind_ = UnaryKind::tanh;
  bool samples_;  // the result has a row for each sample
  bool sums_;     // the result is a sum over samples
  bool ta_ = false, tb_ = false;
  int32_t out_;
  int32_t a_ = 0, b_ = 0;  // operands
  int64_t rows_, cols_;    // of the result; rows 1 where each sample has one
  int64_t aCols_ = 0, bCols_ = 0;
  int64_t inner_ = 0;     // of a matrix product without a sum over samples
  double parameter_ = 0;  // of the elementwise function; the factor of scale
  std::vector<rowwise::Run> runs_;
  struct Part {
    int32_t value;
    int64_t cols;
  };
  std::vector<Part> parts_;  // of concat
};

}  // namespace gnvpro
