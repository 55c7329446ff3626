#include "program/program.h"

#include <numeric>

#include "program/operation.h"

namespace gnvpro {
namespace {

int64_t total(const std::vector<int32_t>& columns) {
  return std::accumulate(columns.begin(), columns.end(), int64_t{0});
}

}  // namespace

double Program::flopsPerSample() const {
  double flops = 0;
  for (size_t id = 0; id < values.size(); ++id) {
    const Instruction& instruction = instructions[id];
    if (!values[id].samples && !instruction.sumsSamples) continue;
    const auto ofEntry = instruction.operation->flops;
    flops += (ofEntry == nullptr ? 1 : ofEntry(*this, instruction)) * static_cast<double>(values[id].size());
  }
  return flops;
}

int64_t Program::columnsInFlight() const {
  return total(sampleInputColumns) + total(sampleOutputColumns) + total(slotColumns);
}

}  // namespace gnvpro
