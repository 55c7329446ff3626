#include "program/operation.h"

#include <array>

namespace gnvpro {

std::span<const Operation* const> operations() {
  using namespace operation;
  static constexpr std::array kOperations = {
      &sampleInput,
      &vectorInput,
      &constant,
      &matmul,
      &add,
      &sub,
      &mul,
      &scale,
      &addRow,
      &mulRow,
      &broadcastRow,
      &sumSamples,
      &unary,
      &unaryDerivative,
      &concat,
      &gather,
      &scatter,
      &outer,
      &conv2d,
      &conv2dToInput,
      &conv2dToKernel,
      &averagePool,
      &averagePoolToInput,
      &maxPool,
      &maxPositions,
      &pickPositions,
      &spreadPositions,
      &addChannels,
      &sumChannels,
  };
  return kOperations;
}

}  // namespace gnvpro
