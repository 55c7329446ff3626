#include "program/step.h"

#include <algorithm>

#include "blas/blas.h"
#include "kernels/block_product.h"
#include "kernels/elementwise.h"

namespace gnvpro {

Step::Step(const Program& program, int32_t id)
    : opcode_(program.instructions[id].opcode),
      samples_(program.values[id].samples),
      sums_(program.instructions[id].sumsSamples),
      out_(id),
      rows_(samples_ ? 1 : program.values[id].rows),
      cols_(program.values[id].cols) {
  const auto& [opcode, operands, attributes, sums] = program.instructions[id];
  if (!operands.empty()) {
    a_ = operands.front();
    aCols_ = program.values[a_].cols;
  }
  if (operands.size() == 2) {
    b_ = operands[1];
    bCols_ = program.values[b_].cols;
  }
  switch (opcode) {
    case Opcode::matmul:
      ta_ = attributes[0] == 1;
      tb_ = attributes[1] == 1;
      inner_ = ta_ ? program.values[a_].rows : aCols_;
      break;
    case Opcode::scale:
      parameter_ = program.constants[attributes[0]];
      break;
    case Opcode::unary:
    case Opcode::unaryDerivative:
      kind_ = static_cast<UnaryKind>(attributes[0]);
      if (attributes[1] != -1) parameter_ = program.constants[attributes[1]];
      break;
    case Opcode::concat:
      for (int32_t operand : operands) parts_.push_back({operand, program.values[operand].cols});
      break;
    case Opcode::gather:
      runs_ = rowwise::gatherRuns(attributes);
      break;
    case Opcode::scatter:
      runs_ = rowwise::scatterRuns(attributes);
      break;
    default:
      break;
  }
  if (opcode == Opcode::gather || opcode == Opcode::scatter) {
    // A fixed value is one row of all its entries.
    cols_ = program.values[id].size();
    aCols_ = program.values[a_].size();
    rows_ = 1;
  }
}

bool Step::isNoOp() const {
  return opcode_ == Opcode::sampleInput || opcode_ == Opcode::vectorInput || opcode_ == Opcode::constant;
}

void Step::run(double* const* values, int64_t rows, bool accumulate, Ahead* ahead) const {
  const double* a = values[a_];
  const double* b = values[b_];
  double* out = values[out_];
  if (!samples_ && !sums_) rows = rows_;
  if (!sums_) accumulate = false;
  const int64_t size = rows * cols_;
  switch (opcode_) {
    case Opcode::sampleInput:
    case Opcode::vectorInput:
    case Opcode::constant:
      return;
    case Opcode::matmul:
      return matmul(values, rows, accumulate, ahead);
    case Opcode::add:
      return elementwise::add(size, a, b, out);
    case Opcode::sub:
      return elementwise::sub(size, a, b, out);
    case Opcode::mul:
      return elementwise::mul(size, a, b, out);
    case Opcode::scale:
      return elementwise::scale(size, parameter_, a, out);
    case Opcode::addRow:
      return elementwise::addRow(rows, cols_, a, b, out);
    case Opcode::mulRow:
      return elementwise::mulRow(rows, cols_, a, b, out);
    case Opcode::broadcastRow:
      return rowwise::broadcast(rows, cols_, a, out);
    case Opcode::sumSamples:
      return rowwise::sum(rows, cols_, a, accumulate, out);
    case Opcode::unary:
      return elementwise::unary(kind_, parameter_, size, a, out);
    case Opcode::unaryDerivative:
      return elementwise::unaryDerivative(kind_, parameter_, size, a, b, out);
    case Opcode::concat:
      return concat(values, rows);
    case Opcode::gather:
      return rowwise::gather(rows, runs_, a, aCols_, out, cols_);
    case Opcode::scatter:
      return rowwise::scatter(rows, runs_, a, aCols_, out, cols_);
    case Opcode::outer:
      return rowwise::outer(rows, aCols_, bCols_, a, b, out);
  }
}

/** `rows` are the result's, or, in a sum over samples, those that are summed. */
void Step::matmul(double* const* values, int64_t rows, bool accumulate, Ahead* ahead) const {
  const int64_t m = sums_ ? rows_ : rows;
  const int64_t inner = sums_ ? rows : inner_;
  double* out = values[out_];
  if (inner == 0) {  // an empty sum; not left to BLAS, whose shortcuts differ
    if (!accumulate) std::fill_n(out, m * cols_, 0.0);
    return;
  }
  const double* a = values[a_];
  const double* b = values[b_];
  if (samples_ && !ta_ && !tb_) {
    return block_product::times(m, cols_, inner, 1, a, aCols_, b, bCols_, false, out, cols_, ahead);
  }
  if (samples_ && !ta_) return block_product::timesTransposed(m, cols_, inner, a, aCols_, b, bCols_, out, cols_, ahead);
  if (sums_ && ta_ && !tb_) {
    return block_product::transposedTimes(m, cols_, inner, a, aCols_, b, bCols_, accumulate, out, cols_, ahead);
  }
  blas::gemm(ta_, tb_, m, cols_, inner, 1, values[a_], aCols_, values[b_], bCols_, accumulate ? 1 : 0, out, cols_);
}

void Step::concat(double* const* values, int64_t rows) const {
  int64_t first = 0;
  for (const auto& [value, cols] : parts_) {
    rowwise::place(rows, values[value], cols, values[out_], cols_, first);
    first += cols;
  }
}

}  // namespace gnvpro
