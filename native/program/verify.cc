#include "program/verify.h"

#include <algorithm>
#include <array>
#include <string>

namespace gnvpro {
namespace {

// Far above any sensible network; they keep every size below free of overflow and memory within reason.
constexpr int32_t kMaxColumns = 1 << 24;
constexpr int64_t kMaxFixedEntries = int64_t{1} << 28;  // of all fixed values together, and of all vector outputs
constexpr int64_t kMaxSlotColumns = int64_t{1} << 21;   // of all slots together

constexpr int32_t kAny = -1;

struct Signature {
  const char* name;
  int32_t operands;
  int32_t attributes;
  bool inPlace;  // element i of the result depends on element i of the operands only
};

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

const Signature& signatureOf(const Instruction& instruction) {
  return kSignatures[static_cast<size_t>(instruction.opcode)];
}

std::string shapeOf(const Value& value) {
  return (value.samples ? "samples" : std::to_string(value.rows)) + " × " + std::to_string(value.cols);
}

bool isInRange(int64_t index, int64_t size) { return index >= 0 && index < size; }

/** [offset, offset + size) lies within [0, length). */
bool fits(int64_t offset, int64_t size, int64_t length) {
  return offset >= 0 && size >= 0 && offset <= length - size;
}

/** The declared sizes: inputs, outputs, slots, values. */
class SizeCheck {
 public:
  explicit SizeCheck(const Program& program) : program_(program) {}

  void run() const {
    for (int32_t cols : program_.sampleInputColumns) check(cols, kMaxColumns, "the columns of a sample input");
    for (int32_t cols : program_.sampleOutputColumns) check(cols, kMaxColumns, "the columns of a sample output");
    for (int32_t n : program_.vectorInputLengths) check(n, kMaxFixedEntries, "the length of a vector input");
    total(program_.vectorOutputLengths, kMaxFixedEntries, "the length of the vector outputs");
    total(program_.slotColumns, kMaxSlotColumns, "the columns of the slots");
    int64_t fixedEntries = 0;
    for (const Value& value : program_.values) {
      check(value.cols, kMaxColumns, "the columns of a value");
      check(value.rows, value.samples ? 0 : kMaxColumns, "the rows of a value");
      if (!value.samples) fixedEntries += value.size();
      check(fixedEntries, kMaxFixedEntries, "the entries of the fixed values");
    }
  }

 private:
  static void check(int64_t n, int64_t maximum, const char* what) {
    if (n >= 0 && n <= maximum) return;
    throw ProgramError("Expected an integer from 0 to " + std::to_string(maximum) + " for " + what + " but received " +
                       std::to_string(n) + ".");
  }

  static void total(const std::vector<int32_t>& sizes, int64_t maximum, const char* what) {
    int64_t sum = 0;
    for (int32_t size : sizes) {
      check(size, maximum, what);
      check(sum += size, maximum, what);
    }
  }

  const Program& program_;
};

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
    throw ProgramError("Instruction " + std::to_string(id_) + " (" + signatureOf(instruction_).name + ") " + what + ".");
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
      case Opcode::sampleInput: return checkSampleInput();
      case Opcode::vectorInput: return checkVectorInput();
      case Opcode::constant: return checkConstant();
      case Opcode::matmul: return checkMatmul();
      case Opcode::add:
      case Opcode::sub:
      case Opcode::mul: return expectSame(operand(0)), expectSame(operand(1));
      case Opcode::scale: return expectSame(operand(0)), checkConstantIndex(attribute(0));
      case Opcode::addRow:
      case Opcode::mulRow: return expectSamples(operand(0).samples, operand(0).cols), expectRow(operand(1));
      case Opcode::broadcastRow: return expectSamples(true, operand(0).cols), expectRow(operand(0));
      case Opcode::sumSamples: return expectSamplesOperand(0), expectFixed(1, operand(0).cols);
      case Opcode::unary: return expectSame(operand(0)), checkUnary();
      case Opcode::unaryDerivative: return expectSame(operand(0)), expectSame(operand(1)), checkUnary();
      case Opcode::concat: return checkConcat();
      case Opcode::gather: return expectSameKind(), checkIndices(result_.size(), operand(0).size());
      case Opcode::scatter: return expectSameKind(), checkIndices(operand(0).size(), result_.size());
      case Opcode::outer: return checkOuter();
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

/** When each value is known; a value of the tiles may use fixed values of the prologue only. */
void assignPhase(Program& program, int32_t id) {
  Instruction& instruction = program.instructions[id];
  Value& result = program.values[id];
  bool readsSamples = false, readsEpilogue = false;
  for (int32_t operand : instruction.operands) {
    readsSamples |= program.values[operand].samples;
    readsEpilogue |= program.values[operand].phase == Phase::epilogue;
  }
  if (result.samples && readsEpilogue) {
    throw ProgramError("Instruction " + std::to_string(id) + " (" + signatureOf(instruction).name +
                       ") computes samples from a sum over samples, which is known only after all of them.");
  }
  instruction.sumsSamples = !result.samples && readsSamples;
  const bool late = instruction.sumsSamples || readsEpilogue;
  result.phase = result.samples ? Phase::tile : late ? Phase::epilogue : Phase::prologue;
}

/** Which value each slot holds as the instructions go by: nobody may read a value that has been overwritten. */
class StorageCheck {
 public:
  explicit StorageCheck(const Program& program)
      : program_(program), holder_(program.slotColumns.size(), -1), source_(program.sampleOutputColumns.size(), -1) {}

  void run() {
    for (const Output& output : program_.outputs) checkOutput(output);
    for (size_t k = 0; k < source_.size(); ++k) {
      if (source_[k] == -1) throw ProgramError("Sample output " + std::to_string(k) + " is never written.");
    }
    for (int32_t id = 0; id < static_cast<int32_t>(program_.values.size()); ++id) step(id);
    for (int32_t value : source_) {
      if (!isHeld(value)) fail(value, "is a sample output but its slot is overwritten before the end");
    }
  }

 private:
  [[noreturn]] static void fail(int32_t id, const std::string& what) {
    throw ProgramError("Value " + std::to_string(id) + " " + what + ".");
  }

  void checkOutput(const Output& output) {
    const auto& sizes = output.vector ? program_.vectorOutputLengths : program_.sampleOutputColumns;
    if (!isInRange(output.value, program_.values.size()) || !isInRange(output.index, sizes.size())) {
      throw ProgramError("An output entry names a value or an output that does not exist.");
    }
    const Value& value = program_.values[output.value];
    if (output.vector == value.samples) fail(output.value, "goes to an output of the other kind");
    if (output.vector) {
      if (!fits(output.offset, value.size(), sizes[output.index])) fail(output.value, "does not fit its vector output");
      return;
    }
    if (output.offset != 0 || value.cols != sizes[output.index]) fail(output.value, "does not fit its sample output");
    if (source_[output.index] != -1) {
      throw ProgramError("Sample output " + std::to_string(output.index) + " is written twice.");
    }
    source_[output.index] = output.value;
  }

  bool isHeld(int32_t id) const {
    const int32_t slot = program_.values[id].storage;
    return slot < 0 || holder_[slot] == id;
  }

  void step(int32_t id) {
    const Instruction& instruction = program_.instructions[id];
    for (int32_t operand : instruction.operands) {
      if (!isHeld(operand)) fail(operand, "is read by instruction " + std::to_string(id) + " after its slot was reused");
    }
    checkStorage(id);
    const int32_t slot = program_.values[id].storage;
    if (slot < 0) return;
    const auto& operands = instruction.operands;
    const bool overwrites = std::find(operands.begin(), operands.end(), holder_[slot]) != operands.end();
    if (overwrites && !signatureOf(instruction).inPlace) fail(id, "cannot be written over an operand");
    holder_[slot] = id;
  }

  void checkStorage(int32_t id) const {
    const Value& value = program_.values[id];
    const bool owns = !value.samples || program_.instructions[id].opcode == Opcode::sampleInput;
    if (owns != (value.storage == -1)) fail(id, "has the wrong kind of storage");
    if (value.storage >= 0) {
      const bool ok = isInRange(value.storage, program_.slotColumns.size()) &&
                      value.cols <= program_.slotColumns[value.storage];
      if (!ok) fail(id, "does not fit its slot");
    } else if (value.storage <= -2) {
      const int64_t output = -2 - int64_t{value.storage};
      if (!isInRange(output, source_.size()) || source_[output] != id) {
        fail(id, "is stored in a sample output that is not its own");
      }
    }
  }

  const Program& program_;
  std::vector<int32_t> holder_;  // by slot, the value in it
  std::vector<int32_t> source_;  // by sample output, the value it shows
};

}  // namespace

void verify(Program& program) {
  SizeCheck(program).run();
  for (int32_t id = 0; id < static_cast<int32_t>(program.values.size()); ++id) {
    InstructionCheck(program, id).run();
    assignPhase(program, id);
  }
  StorageCheck(program).run();
}

}  // namespace gnvpro
