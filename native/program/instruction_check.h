// The rules of single instructions: how many operands and attributes, of which shapes, within which bounds.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "program/program.h"

namespace gnvpro {

/** One instruction: its operands, attributes and the shape of its result. What fails throws ProgramError. */
class InstructionCheck {
 public:
  InstructionCheck(const Program& program, int32_t id);

  /** All rules, given that the instructions before it are well formed. */
  void run() const;

  // What the checks of operations are made of.

  const Program& program() const { return program_; }
  const Value& result() const { return result_; }
  size_t operands() const { return instruction_.operands.size(); }
  const Value& operand(size_t i) const { return program_.values[instruction_.operands[i]]; }
  const std::vector<int32_t>& attributes() const { return instruction_.attributes; }
  int32_t attribute(size_t i) const { return instruction_.attributes[i]; }

  [[noreturn]] void fail(const std::string& what) const;
  void expectSamples(bool samples, int64_t cols) const;
  void expectFixed(int64_t rows, int64_t cols) const;
  /** All operands and the result have one shape. */
  void expectSameShapes() const;
  void expectSameKind() const;
  void expectSamplesOperand(size_t i) const;
  void expectRow(const Value& value) const;
  void expectFixedResult() const;
  void checkConstantIndex(int32_t index) const;
  /** The attributes are `count` indices below `size`, or −1. */
  void checkIndices(int64_t count, int64_t size) const;

 private:
  void checkCounts() const;
  void expect(bool ok, const std::string& shape) const;

  const Program& program_;
  const Instruction& instruction_;
  int32_t id_;
  const Value& result_;
};

std::string shapeOf(const Value& value);

}  // namespace gnvpro
