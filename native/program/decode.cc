// The wire format of lib/program/encode.ts.
#include <string>

#include "kernels/bounds.h"
#include "program/operation.h"
#include "program/program.h"

namespace gnvpro {
namespace {

constexpr int32_t kVersion = 1;

/** Reads words in order and never past the end; allocates nothing that the code at hand does not cover. */
class Reader {
 public:
  explicit Reader(std::span<const int32_t> code) : code_(code) {}

  int32_t word() {
    require(1);
    return code_[position_++];
  }

  int32_t count(const char* what) {
    const int32_t n = word();
    if (n < 0)
      throw ProgramError("Expected a non-negative number of " + std::string(what) + " but received " +
                         std::to_string(n) + ".");
    return n;
  }

  std::vector<int32_t> words(int32_t n) {
    require(n);
    const auto first = code_.begin() + static_cast<std::ptrdiff_t>(position_);
    position_ += n;
    return {first, first + n};
  }

  void require(size_t n) const {
    if (n > code_.size() - position_) {
      throw ProgramError("The program's code ends early: it has " + std::to_string(code_.size()) + " words.");
    }
  }

  void expectEnd() const {
    if (position_ == code_.size()) return;
    throw ProgramError("The program's code has " + std::to_string(code_.size() - position_) +
                       " words after its last instruction.");
  }

 private:
  std::span<const int32_t> code_;
  size_t position_ = 0;
};

struct Counts {
  int32_t values, sampleInputs, vectorInputs, sampleOutputs, vectorOutputs, slots, outputs;
};

Counts readCounts(Reader& reader) {
  const int32_t version = reader.word();
  if (version != kVersion) {
    throw ProgramError("Expected a program of version " + std::to_string(kVersion) + " but received version " +
                       std::to_string(version) + ".");
  }
  Counts counts{};
  counts.values = reader.count("values");
  const int32_t instructions = reader.count("instructions");
  if (instructions != counts.values) throw ProgramError("A program needs one instruction for each of its values.");
  counts.sampleInputs = reader.count("sample inputs");
  counts.vectorInputs = reader.count("vector inputs");
  counts.sampleOutputs = reader.count("sample outputs");
  counts.vectorOutputs = reader.count("vector outputs");
  counts.slots = reader.count("slots");
  counts.outputs = reader.count("output entries");
  return counts;
}

bool readKind(Reader& reader, const char* what) {
  const int32_t kind = reader.word();
  if (kind == 0 || kind == 1) return kind == 1;
  throw ProgramError(std::string("Expected 0 or 1 for the kind of ") + what + " but received " + std::to_string(kind) +
                     ".");
}

Output readOutput(Reader& reader) {
  Output output{};
  output.vector = readKind(reader, "an output");
  output.index = reader.word();
  output.offset = reader.word();
  output.value = reader.word();
  return output;
}

Value readValue(Reader& reader) {
  Value value{};
  value.samples = readKind(reader, "a value");
  value.rows = reader.word();
  value.cols = reader.word();
  value.storage = reader.word();
  return value;
}

Instruction readInstruction(Reader& reader) {
  const int32_t opcode = reader.word();
  if (!isInRange(opcode, operations().size())) {
    throw ProgramError("Expected an opcode from 0 to " + std::to_string(operations().size() - 1) + " but received " +
                       std::to_string(opcode) + ".");
  }
  Instruction instruction{};
  instruction.operation = operations()[opcode];
  instruction.operands = reader.words(reader.count("operands"));
  instruction.attributes = reader.words(reader.count("attributes"));
  return instruction;
}

}  // namespace

Program Program::decode(std::span<const int32_t> code, std::span<const double> constants) {
  Reader reader(code);
  const Counts counts = readCounts(reader);
  Program program;
  program.sampleInputColumns = reader.words(counts.sampleInputs);
  program.vectorInputLengths = reader.words(counts.vectorInputs);
  program.sampleOutputColumns = reader.words(counts.sampleOutputs);
  program.vectorOutputLengths = reader.words(counts.vectorOutputs);
  program.slotColumns = reader.words(counts.slots);
  for (int32_t i = 0; i < counts.outputs; ++i) program.outputs.push_back(readOutput(reader));
  for (int32_t i = 0; i < counts.values; ++i) program.values.push_back(readValue(reader));
  for (int32_t i = 0; i < counts.values; ++i) program.instructions.push_back(readInstruction(reader));
  reader.expectEnd();
  program.constants.assign(constants.begin(), constants.end());
  verify(program);
  return program;
}

}  // namespace gnvpro
