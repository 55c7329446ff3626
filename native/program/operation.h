// What an operation is: everything that there is to know of it, in one record. Its number on the wire is its place in
// the table below.
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <type_traits>

#include "kernels/ahead.h"

namespace gnvpro {

class InstructionCheck;
struct Instruction;
struct Program;

/** One run of an instruction on numbers of one type. */
template <typename T>
struct Run {
  T* const* values;  // by value id
  const T* a;        // of the first two operands
  const T* b;
  T* out;
  int64_t rows;     // of samples in this tile, or of a fixed result
  int64_t size;     // of so many rows of the result
  bool accumulate;  // a sum over samples adds to what `out` holds
  Ahead<T>* ahead;  // what products fetch on their way, or null
  T* scratch;       // as much as the operation asks for, of the thread; holds anything
};

template <typename T>
using Kernel = std::function<void(const Run<T>&)>;

/** What runs instruction `id`, with all that it needs looked up, for each type of numbers. */
struct Prepare {
  Kernel<double> (*inDouble)(const Program&, int32_t id) = nullptr;
  Kernel<float> (*inFloat)(const Program&, int32_t id) = nullptr;

  template <typename T>
  Kernel<T> of(const Program& program, int32_t id) const {
    if constexpr (std::is_same_v<T, double>) {
      return inDouble(program, id);
    } else {
      return inFloat(program, id);
    }
  }
};

/** Where a value comes from. */
enum class Source : uint8_t { computed, samples, vector, constant };

struct Operation {
  static constexpr int32_t kAny = -1;

  const char* name;
  int32_t operands;        // kAny: one or more
  int32_t attributes = 0;  // kAny: by shape
  bool inPlace = false;    // element i of the result depends on element i of the operands only
  Source source = Source::computed;
  /** Throws ProgramError unless shapes and attributes are well formed, given that the operands are. */
  void (*check)(const InstructionCheck&);
  /** None where nothing is computed. */
  Prepare prepare = {};
  /** Floating-point operations for an entry of the result; null: 1. */
  double (*flops)(const Program&, const Instruction&) = nullptr;
  /** Numbers that a run works with; null: none. Of operations on samples only. */
  int64_t (*scratch)(const Program&, const Instruction&) = nullptr;
};

/** All operations, by their number on the wire. */
std::span<const Operation* const> operations();

namespace operation {

extern const Operation sampleInput, vectorInput, constant;
extern const Operation matmul;
extern const Operation add, sub, mul, scale;
extern const Operation addRow, mulRow, broadcastRow, sumSamples;
extern const Operation unary, unaryDerivative;
extern const Operation concat, gather, scatter, outer;
extern const Operation conv2d, conv2dToInput, conv2dToKernel;
extern const Operation averagePool, averagePoolToInput, maxPool, maxPositions, pickPositions, spreadPositions;
extern const Operation addChannels, sumChannels;

}  // namespace operation

}  // namespace gnvpro
