// Operations that move columns of samples (or the entries of a fixed value), and the products of all pairs.
#include <utility>
#include <vector>

#include "kernels/rowwise.h"
#include "program/instruction_check.h"
#include "program/operation.h"

namespace gnvpro::operation {
namespace {

void checkConcat(const InstructionCheck& check) {
  int64_t cols = 0;
  for (size_t i = 0; i < check.operands(); ++i) {
    check.expectSamplesOperand(i);
    cols += check.operand(i).cols;
  }
  check.expectSamples(true, cols);
}

template <typename T>
Kernel<T> prepareConcat(const Program& program, int32_t id) {
  std::vector<std::pair<int32_t, int64_t>> parts;
  for (int32_t operand : program.instructions[id].operands) parts.emplace_back(operand, program.values[operand].cols);
  return [parts = std::move(parts), width = program.values[id].cols](const Run<T>& run) {
    int64_t first = 0;
    for (const auto& [value, cols] : parts) {
      rowwise::place(run.rows, run.values[value], cols, run.out, width, first);
      first += cols;
    }
  };
}

template <typename T, auto move>
Kernel<T> prepareMove(const Program& program, int32_t id, std::vector<rowwise::Run> runs) {
  const Value &from = program.values[program.instructions[id].operands[0]], &to = program.values[id];
  // A fixed value is one row of all its entries.
  return [runs = std::move(runs), samples = to.samples, aCols = from.size(), cols = to.size()](const Run<T>& run) {
    move(samples ? run.rows : 1, runs, run.a, aCols, run.out, cols);
  };
}

void checkGather(const InstructionCheck& check) {
  check.expectSameKind();
  check.checkIndices(check.result().size(), check.operand(0).size());
}

void checkScatter(const InstructionCheck& check) {
  check.expectSameKind();
  check.checkIndices(check.operand(0).size(), check.result().size());
}

template <typename T>
Kernel<T> prepareGather(const Program& program, int32_t id) {
  return prepareMove<T, rowwise::gather<T>>(program, id, rowwise::gatherRuns(program.instructions[id].attributes));
}

template <typename T>
Kernel<T> prepareScatter(const Program& program, int32_t id) {
  return prepareMove<T, rowwise::scatter<T>>(program, id, rowwise::scatterRuns(program.instructions[id].attributes));
}

void checkOuter(const InstructionCheck& check) {
  check.expectSamplesOperand(0);
  check.expectSamplesOperand(1);
  check.expectSamples(true, int64_t{check.operand(0).cols} * check.operand(1).cols);
}

template <typename T>
Kernel<T> prepareOuter(const Program& program, int32_t id) {
  const std::vector<int32_t>& operands = program.instructions[id].operands;
  return [k = program.values[operands[0]].cols, c = program.values[operands[1]].cols](const Run<T>& run) {
    rowwise::outer(run.rows, k, c, run.a, run.b, run.out);
  };
}

}  // namespace

const Operation concat = {.name = "concat",
                          .operands = Operation::kAny,
                          .check = checkConcat,
                          .prepare = {prepareConcat<double>, prepareConcat<float>}};

const Operation gather = {.name = "gather",
                          .operands = 1,
                          .attributes = Operation::kAny,
                          .check = checkGather,
                          .prepare = {prepareGather<double>, prepareGather<float>}};

const Operation scatter = {.name = "scatter",
                           .operands = 1,
                           .attributes = Operation::kAny,
                           .check = checkScatter,
                           .prepare = {prepareScatter<double>, prepareScatter<float>}};

const Operation outer = {
    .name = "outer", .operands = 2, .check = checkOuter, .prepare = {prepareOuter<double>, prepareOuter<float>}};

}  // namespace gnvpro::operation
