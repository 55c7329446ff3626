#include <algorithm>
#include <string>

#include "kernels/bounds.h"
#include "program/instruction_check.h"
#include "program/operation.h"
#include "program/program.h"

namespace gnvpro {
namespace {

// Far above any sensible network; they keep every size below free of overflow and memory within reason.
constexpr int32_t kMaxColumns = 1 << 24;
constexpr int64_t kMaxFixedEntries = int64_t{1} << 28;  // of all fixed values together, and of all vector outputs
constexpr int64_t kMaxSlotColumns = int64_t{1} << 21;   // of all slots together

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
    throw ProgramError("Instruction " + std::to_string(id) + " (" + instruction.operation->name +
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
      if (!isHeld(operand))
        fail(operand, "is read by instruction " + std::to_string(id) + " after its slot was reused");
    }
    checkStorage(id);
    const int32_t slot = program_.values[id].storage;
    if (slot < 0) return;
    const auto& operands = instruction.operands;
    const bool overwrites = std::find(operands.begin(), operands.end(), holder_[slot]) != operands.end();
    if (overwrites && !instruction.operation->inPlace) fail(id, "cannot be written over an operand");
    holder_[slot] = id;
  }

  void checkStorage(int32_t id) const {
    const Value& value = program_.values[id];
    const bool owns = !value.samples || program_.instructions[id].operation->source == Source::samples;
    if (owns != (value.storage == -1)) fail(id, "has the wrong kind of storage");
    if (value.storage >= 0) {
      const bool ok =
          isInRange(value.storage, program_.slotColumns.size()) && value.cols <= program_.slotColumns[value.storage];
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
