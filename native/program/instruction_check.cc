#include "program/instruction_check.h"

#include "kernels/bounds.h"
#include "program/operation.h"

namespace gnvpro {

InstructionCheck::InstructionCheck(const Program& program, int32_t id)
    : program_(program), instruction_(program.instructions[id]), id_(id), result_(program.values[id]) {}

void InstructionCheck::run() const {
  checkCounts();
  for (int32_t id : instruction_.operands) {
    if (!isInRange(id, id_)) fail("reads value " + std::to_string(id) + ", which is not defined before it");
  }
  instruction_.operation->check(*this);
}

void InstructionCheck::checkCounts() const {
  const Operation& operation = *instruction_.operation;
  const size_t operands = instruction_.operands.size();
  if (operation.operands == Operation::kAny ? operands == 0 : operands != static_cast<size_t>(operation.operands)) {
    fail("has the wrong number of operands: " + std::to_string(operands));
  }
  const size_t attributes = instruction_.attributes.size();
  if (operation.attributes != Operation::kAny && attributes != static_cast<size_t>(operation.attributes)) {
    fail("has the wrong number of attributes: " + std::to_string(attributes));
  }
}

void InstructionCheck::fail(const std::string& what) const {
  throw ProgramError("Instruction " + std::to_string(id_) + " (" + instruction_.operation->name + ") " + what + ".");
}

void InstructionCheck::expect(bool ok, const std::string& shape) const {
  if (!ok) fail("defines a value of shape " + shape + " but its record says " + shapeOf(result_));
}

void InstructionCheck::expectSamples(bool samples, int64_t cols) const {
  if (!samples) fail("needs samples for its first operand");
  expect(result_.samples && result_.cols == cols, "samples × " + std::to_string(cols));
}

void InstructionCheck::expectFixed(int64_t rows, int64_t cols) const {
  expect(!result_.samples && result_.rows == rows && result_.cols == cols,
         std::to_string(rows) + " × " + std::to_string(cols));
}

void InstructionCheck::expectSameShapes() const {
  for (size_t i = 0; i < operands(); ++i) {
    const Value& value = operand(i);
    const bool same = value.samples == result_.samples && value.rows == result_.rows && value.cols == result_.cols;
    if (!same) fail("has operands and a result of different shapes: " + shapeOf(value) + " and " + shapeOf(result_));
  }
}

void InstructionCheck::expectSameKind() const {
  if (operand(0).samples != result_.samples) fail("cannot turn samples into a fixed value or the other way round");
}

void InstructionCheck::expectSamplesOperand(size_t i) const {
  if (!operand(i).samples) fail("needs samples for operand " + std::to_string(i));
}

void InstructionCheck::expectRow(const Value& value) const {
  if (value.samples || value.rows != 1 || value.cols != result_.cols) {
    fail("needs a row of shape 1 × " + std::to_string(result_.cols) + " but has " + shapeOf(value));
  }
}

void InstructionCheck::expectFixedResult() const {
  if (result_.samples) fail("cannot define samples");
}

void InstructionCheck::checkConstantIndex(int32_t index) const {
  if (!isInRange(index, program_.constants.size())) fail("refers to a constant that does not exist");
}

void InstructionCheck::checkIndices(int64_t count, int64_t size) const {
  const std::vector<int32_t>& indices = instruction_.attributes;
  if (static_cast<int64_t>(indices.size()) != count) {
    fail("needs " + std::to_string(count) + " indices but has " + std::to_string(indices.size()));
  }
  for (int32_t index : indices) {
    if (index != -1 && !isInRange(index, size)) fail("has an index out of range: " + std::to_string(index));
  }
}

std::string shapeOf(const Value& value) {
  return (value.samples ? "samples" : std::to_string(value.rows)) + " × " + std::to_string(value.cols);
}

}  // namespace gnvpro
