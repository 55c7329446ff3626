// Operations with a row that all samples share, and the sum of all rows.
#include "kernels/elementwise.h"
#include "kernels/rowwise.h"
#include "program/instruction_check.h"
#include "program/operation.h"

namespace gnvpro::operation {
namespace {

template <void (*kernel)(int64_t rows, int64_t cols, const double* a, const double* row, double* c)>
constexpr Operation withRow(const char* name) {
  return {.name = name,
          .operands = 2,
          .inPlace = true,
          .check =
              [](const InstructionCheck& check) {
                check.expectSamples(check.operand(0).samples, check.operand(0).cols);
                check.expectRow(check.operand(1));
              },
          .prepare = [](const Program& program, int32_t id) -> Kernel {
            return [cols = program.values[id].cols](const Run& run) { kernel(run.rows, cols, run.a, run.b, run.out); };
          }};
}

void checkBroadcast(const InstructionCheck& check) {
  check.expectSamples(true, check.operand(0).cols);
  check.expectRow(check.operand(0));
}

Kernel prepareBroadcast(const Program& program, int32_t id) {
  return [cols = program.values[id].cols](const Run& run) { rowwise::broadcast(run.rows, cols, run.a, run.out); };
}

void checkSum(const InstructionCheck& check) {
  check.expectSamplesOperand(0);
  check.expectFixed(1, check.operand(0).cols);
}

Kernel prepareSum(const Program& program, int32_t id) {
  return [cols = program.values[id].cols](const Run& run) {
    rowwise::sum(run.rows, cols, run.a, run.accumulate, run.out);
  };
}

}  // namespace

const Operation addRow = withRow<elementwise::addRow>("addRow");
const Operation mulRow = withRow<elementwise::mulRow>("mulRow");

const Operation broadcastRow = {
    .name = "broadcastRow", .operands = 1, .check = checkBroadcast, .prepare = prepareBroadcast};

const Operation sumSamples = {.name = "sumSamples", .operands = 1, .check = checkSum, .prepare = prepareSum};

}  // namespace gnvpro::operation
