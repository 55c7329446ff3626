#include "program/program.h"

#include <numeric>

namespace gnvpro {
namespace {

/** What an elementwise function costs beside an addition: about 15 vectorised operations. */
constexpr double kUnaryFlops = 15;

double flopsOf(const Program& program, size_t id) {
  const Instruction& instruction = program.instructions[id];
  const Value& result = program.values[id];
  if (!result.samples && !instruction.sumsSamples) return 0;
  const auto cols = static_cast<double>(result.size());
  switch (instruction.opcode) {
    case Opcode::sampleInput:
      return 0;
    case Opcode::matmul:
      return 2 * cols * (instruction.sumsSamples ? 1 : program.values[instruction.operands[0]].cols);
    case Opcode::unary:
      return kUnaryFlops * cols;
    default:
      return cols;
  }
}

int64_t total(const std::vector<int32_t>& columns) {
  return std::accumulate(columns.begin(), columns.end(), int64_t{0});
}

}  // namespace

double Program::flopsPerSample() const {
  double flops = 0;
  for (size_t id = 0; id < values.size(); ++id) flops += flopsOf(*this, id);
  return flops;
}

int64_t Program::columnsInFlight() const {
  return total(sampleInputColumns) + total(sampleOutputColumns) + total(slotColumns);
}

}  // namespace gnvpro
