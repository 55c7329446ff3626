#include "program/step.h"

namespace gnvpro {
namespace {

int32_t operandOf(const Instruction& instruction, size_t i) {
  return i < instruction.operands.size() ? instruction.operands[i] : 0;
}

}  // namespace

Step::Step(const Program& program, int32_t id)
    : kernel_(program.instructions[id].operation->prepare(program, id)),
      samples_(program.values[id].samples),
      sums_(program.instructions[id].sumsSamples),
      out_(id),
      a_(operandOf(program.instructions[id], 0)),
      b_(operandOf(program.instructions[id], 1)),
      rows_(program.values[id].rows),
      cols_(program.values[id].cols) {}

void Step::run(double* const* values, int64_t rows, bool accumulate, Ahead* ahead) const {
  if (!samples_ && !sums_) rows = rows_;
  kernel_({.values = values,
           .a = values[a_],
           .b = values[b_],
           .out = values[out_],
           .rows = rows,
           .size = rows * cols_,
           .accumulate = sums_ && accumulate,
           .ahead = ahead});
}

}  // namespace gnvpro
