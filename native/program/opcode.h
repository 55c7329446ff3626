// The instruction set of programs. The numbers are the wire format shared with lib/program/encode.ts.
#pragma once

#include <cstdint>

namespace gnvpro {

enum class Opcode : int32_t {
  sampleInput = 0,
  vectorInput = 1,
  constant = 2,
  matmul = 3,
  add = 4,
  sub = 5,
  mul = 6,
  scale = 7,
  addRow = 8,
  mulRow = 9,
  broadcastRow = 10,
  sumSamples = 11,
  unary = 12,
  unaryDerivative = 13,
  concat = 14,
  gather = 15,
  scatter = 16,
  outer = 17,
};
inline constexpr int32_t kOpcodeCount = 18;

enum class UnaryKind : int32_t {
  tanh = 0,
  sigmoid = 1,
  relu = 2,
  smoothRelu = 3,
  softplus = 4,
  sine = 5,
  exp = 6,
  inverseSqrt = 7,
};
inline constexpr int32_t kUnaryKindCount = 8;

}  // namespace gnvpro
