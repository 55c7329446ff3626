// A verified straight-line program. Once `decode` has accepted it, running it cannot touch memory outside its bindings.
#pragma once

#include <cstdint>
#include <span>
#include <stdexcept>
#include <vector>

namespace gnvpro {

/** The program handed over is malformed; the message says which instruction and why. Code ERR_PROGRAM. */
class ProgramError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/** When an instruction runs: once before the tiles, per tile of samples, or once after the sums over samples. */
enum class Phase : uint8_t { prologue = 0, tile = 1, epilogue = 2 };

struct Value {
  bool samples;  // N × cols, else rows × cols
  int32_t rows;  // 0 for samples
  int32_t cols;
  int32_t storage;  // slot ≥ 0; −1 input or fixed; −2−k sample output k
  Phase phase;
  /** Entries of a fixed value, entries a sample of a samples value. */
  int64_t size() const { return samples ? cols : int64_t{rows} * cols; }
};

struct Operation;

struct Instruction {
  const Operation* operation;
  std::vector<int32_t> operands;
  std::vector<int32_t> attributes;
  bool sumsSamples;  // a fixed result summed over samples: formed tile by tile
};

struct Output {
  bool vector;
  int32_t index;
  int32_t offset;
  int32_t value;
};

struct Program {
  std::vector<Value> values;
  std::vector<Instruction> instructions;  // instruction i defines value i
  std::vector<int32_t> sampleInputColumns;
  std::vector<int32_t> vectorInputLengths;
  std::vector<int32_t> sampleOutputColumns;
  std::vector<int32_t> vectorOutputLengths;
  std::vector<int32_t> slotColumns;
  std::vector<Output> outputs;
  std::vector<double> constants;

  /** Decodes and verifies. Throws ProgramError; afterwards every index in the program is proven to be in range. */
  static Program decode(std::span<const int32_t> code, std::span<const double> constants);

  /** Floating-point operations a sample, for choosing whether threads pay. */
  double flopsPerSample() const;

  /** Doubles a sample that a tile keeps in cache, for Tiling: inputs, outputs and slots. */
  int64_t columnsInFlight() const;
};

/**
 * Checks every operand, shape, index, phase, slot and output of a decoded program, and fills in the phases. Throws
 * ProgramError. Whatever it accepts can run without a further check.
 */
void verify(Program& program);

}  // namespace gnvpro
