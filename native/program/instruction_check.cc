#include "program/instruction_check.h"

#include <array>
#include <string>

#include "kernels/bounds.h"

namespace gnvpro {
namespace {

constexpr int32_t kAny = -1;

constexpr std::array<Signature, kOpcodeCount> kSignatures = {{
    {"sampleInput", 0, 1, false},
    {"vectorInput", 0, 2, false},
    {"constant", 0, 1, false},
    {"matmul", 2, 2, false},
    {"add", 2, 0, true},
    {"sub", 2, 0, true},
    {"mul", 2, 0, true},
    {"scale", 1, 1, true},
    {"addRow", 2, 0, true},
    {"mulRow", 2, 0, true},
    {"broadcastRow", 1, 0, false},
    {"sumSamples", 1, 0, false},
    {"unary", 1, 2, true},
    {"unaryDerivative", 2, 2, true},
    {"concat", kAny, 0, false},
    {"gather", 1, kAny, false},
    {"scatter", 1, kAny, false},
    {"outer", 2, 0, false},
}};

std::string shapeOf(const Value& value) {
  return (value.samples ? "samples" : std::to_string(value.rows)) + " × " + std::to_string(value.cols);
}

/** One instruction: its operands, attributes and the shape of its result. */
class InstructionCheck {
 public:
  InstructionCheck(const Program& program, int32_t id)
      : program_(program), instruction_(program.instructions[id]), id_(id), result_(program.values[id]) {}

  void run() const {
    checkCounts();
    for (int32_t id : instruction_.operands) {
      if (!isInRange(id, id_)) fail("reads value " + std::to_string(id) + ", which is not defined before it");
    }
    checkShapes();
  }

 private:
  [[noreturn]] void fail(const std::string& what) const {
    throw ProgramError("Instruction " + std::to_string(id_) + " (" + signatureOf(instruction_).name + ") " + what +
                       ".");
  }

  const Value& operand(size_t i) const { return program_.values[instruction_.operands[i]]; }
  int32_t attribute(size_t i) const { return instruction_.attributes[i]; }

  void checkCounts() const {
    const Signature& signature = signatureOf(instruction_);
    const size_t operands = instruction_.operands.size();
    if (signature.operands == kAny ? operands == 0 : operands != static_cast<size_t>(signature.operands)) {
      fail("has the wrong number of operands: " + std::to_string(operands));
    }
    const size_t attributes = instruction_.attributes.size();
    if (signature.attributes != kAny && attributes != static_cast<size_t>(signature.attributes)) {
      fail("has the wrong number of attributes: " + std::to_string(attributes));
    }
  }

  void checkShapes() const {
    switch (instruction_.opcode) {
      case Opcode::sampleInput:
        return checkSampleInput();
      case Opcode::vectorInput:
        return checkVectorInput();
      case Opcode::constant:
        return checkConstant();
      case Opcode::matmul:
        return checkMatmul();
      case Opcode::add:
      case Opcode::sub:
      case Opcode::mul:
        return expectSame(operand(0)), expectSame(operand(1));
      case Opcode::scale:
        return expectSame(operand(0)), checkConstantIndex(attribute(0));
      case Opcode::addRow:
      case Opcode::mulRow:
        return expectSamples(operand(0).samples, operand(0).cols), expectRow(operand(1));
      case Opcode::broadcastRow:
        return expectSamples(true, operand(0).cols), expectRow(operand(0));
      case Opcode::sumSamples:
        return expectSamplesOperand(0), expectFixed(1, operand(0).cols);
      case Opcode::unary:
        return expectSame(operand(0)), checkUnary();
      case Opcode::unaryDerivative:
        return expectSame(operand(0)), expectSame(operand(1)), checkUnary();
      case Opcode::concat:
        return checkConcat();
      case Opcode::gather:
        return expectSameKind(), checkIndices(result_.size(), operand(0).size());
      case Opcode::scatter:
        return expectSameKind(), checkIndices(operand(0).size(), result_.size());
      case Opcode::outer:
        return checkOuter();
    }
  }

  void expect(bool ok, const std::string& shape) const {
    if (!ok) fail("defines a value of shape " + shape + " but its record says " + shapeOf(result_));
  }

  void expectSamples(bool samples, int64_t cols) const {
    if (!samples) fail("needs samples for its first operand");
    expect(result_.samples && result_.cols == cols, "samples × " + std::to_string(cols));
  }

  void expectFixed(int64_t rows, int64_t cols) const {
    expect(!result_.samples && result_.rows == rows && result_.cols == cols,
           std::to_string(rows) + " × " + std::to_string(cols));
  }

  void expectSame(const Value& value) const {
    const bool same = value.samples == result_.samples && value.rows == result_.rows && value.cols == result_.cols;
    if (!same) fail("has operands and a result of different shapes: " + shapeOf(value) + " and " + shapeOf(result_));
  }

  void expectSameKind() const {
    if (operand(0).samples != result_.samples) fail("cannot turn samples into a fixed value or the other way round");
  }

  void expectSamplesOperand(size_t i) const {
    if (!operand(i).samples) fail("needs samples for operand " + std::to_string(i));
  }

  void expectRow(const Value& value) const {
    if (value.samples || value.rows != 1 || value.cols != result_.cols) {
      fail("needs a row of shape 1 × " + std::to_string(result_.cols) + " but has " + shapeOf(value));
    }
  }

  void checkSampleInput() const {
    if (!isInRange(attribute(0), program_.sampleInputColumns.size())) fail("reads a sample input that does not exist");
    expect(result_.samples && result_.cols == program_.sampleInputColumns[attribute(0)],
           "samples × " + std::to_string(program_.sampleInputColumns[attribute(0)]));
  }

  void checkVectorInput() const {
    if (result_.samples) fail("cannot define samples");
    if (!isInRange(attribute(0), program_.vectorInputLengths.size())) fail("reads a vector input that does not exist");
    if (!fits(attribute(1), result_.size(), program_.vectorInputLengths[attribute(0)])) {
      fail("reads beyond the end of its vector input");
    }
  }

  void checkConstant() const {
    if (result_.samples) fail("cannot define samples");
    if (!fits(attribute(0), result_.size(), static_cast<int64_t>(program_.constants.size()))) {
      fail("reads beyond the end of the constants");
    }
  }

  void checkConstantIndex(int32_t index) const {
    if (!isInRange(index, program_.constants.size())) fail("refers to a constant that does not exist");
  }

  void checkMatmul() const {
    for (size_t i = 0; i < 2; ++i) {
      if (attribute(i) != 0 && attribute(i) != 1) fail("has a transpose flag that is neither 0 nor 1");
    }
    const Value &a = operand(0), &b = operand(1);
    const bool ta = attribute(0) == 1, tb = attribute(1) == 1;
    if (b.samples) return checkSampleSum(a, b, ta, tb);
    if (a.samples && ta) fail("cannot multiply transposed samples by a fixed value");
    const int32_t inner = ta ? a.rows : a.cols;
    if (inner != (tb ? b.cols : b.rows)) fail("multiplies " + shapeOf(a) + " by " + shapeOf(b) + " with these flags");
    const int32_t cols = tb ? b.rows : b.cols;
    a.samples ? expectSamples(true, cols) : expectFixed(ta ? a.cols : a.rows, cols);
  }

  void checkSampleSum(const Value& a, const Value& b, bool ta, bool tb) const {
    if (!a.samples || !ta || tb) fail("can sum over samples only as aᵀ·b with samples on both sides");
    expectFixed(a.cols, b.cols);
  }

  void checkUnary() const {
    const int32_t kind = attribute(0);
    if (!isInRange(kind, kUnaryKindCount)) fail("names an elementwise function that does not exist");
    if (attribute(1) != -1) return checkConstantIndex(attribute(1));
    if (static_cast<UnaryKind>(kind) == UnaryKind::smoothRelu) fail("needs the parameter of smoothRelu");
  }

  void checkConcat() const {
    int64_t cols = 0;
    for (size_t i = 0; i < instruction_.operands.size(); ++i) {
      expectSamplesOperand(i);
      cols += operand(i).cols;
    }
    expectSamples(true, cols);
  }

  void checkIndices(int64_t count, int64_t size) const {
    const std::vector<int32_t>& indices = instruction_.attributes;
    if (static_cast<int64_t>(indices.size()) != count) {
      fail("needs " + std::to_string(count) + " indices but has " + std::to_string(indices.size()));
    }
    for (int32_t index : indices) {
      if (index != -1 && !isInRange(index, size)) fail("has an index out of range: " + std::to_string(index));
    }
  }

  void checkOuter() const {
    expectSamplesOperand(0);
    expectSamplesOperand(1);
    expectSamples(true, int64_t{operand(0).cols} * operand(1).cols);
  }

  const Program& program_;
  const Instruction& instruction_;
  int32_t id_;
  const Value& result_;
};

}  // namespace

const Signature& signatureOf(const Instruction& instruction) {
  return kSignatures[static_cast<size_t>(instruction.opcode)];
}

void checkInstruction(const Program& program, int32_t id) { InstructionCheck(program, id).run(); }

}  // namespace gnvpro
