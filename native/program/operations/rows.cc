// Operations with a row that all samples share, and the sum of all rows.
#include "kernels/elementwise.h"
#include "kernels/rowwise.h"
#include "program/instruction_check.h"
#include "program/operation.h"

namespace gnvpro::operation {
namespace {

template <typename T>
using WithRow = void (*)(int64_t rows, int64_t cols, const T* a, const T* row, T* c);

template <typename T, WithRow<T> kernel>
Kernel<T> prepareWithRow(const Program& program, int32_t id) {
  return [cols = program.values[id].cols](const Run<T>& run) { kernel(run.rows, cols, run.a, run.b, run.out); };
}

template <WithRow<double> inDouble, WithRow<float> inFloat>
constexpr Operation withRow(const char* name) {
  return {.name = name,
          .operands = 2,
          .inPlace = true,
          .check =
              [](const InstructionCheck& check) {
                check.expectSamples(check.operand(0).samples, check.operand(0).cols);
                check.expectRow(check.operand(1));
              },
          .prepare = {prepareWithRow<double, inDouble>, prepareWithRow<float, inFloat>}};
}

void checkBroadcast(const InstructionCheck& check) {
  check.expectSamples(true, check.operand(0).cols);
  check.expectRow(check.operand(0));
}

template <typename T>
Kernel<T> prepareBroadcast(const Program& program, int32_t id) {
  return [cols = program.values[id].cols](const Run<T>& run) { rowwise::broadcast(run.rows, cols, run.a, run.out); };
}

void checkSum(const InstructionCheck& check) {
  check.expectSamplesOperand(0);
  check.expectFixed(1, check.operand(0).cols);
}

template <typename T>
Kernel<T> prepareSum(const Program& program, int32_t id) {
  return [cols = program.values[id].cols](const Run<T>& run) {
    rowwise::sum(run.rows, cols, run.a, run.accumulate, run.out);
  };
}

}  // namespace

const Operation addRow = withRow<elementwise::addRow<double>, elementwise::addRow<float>>("addRow");
const Operation mulRow = withRow<elementwise::mulRow<double>, elementwise::mulRow<float>>("mulRow");

const Operation broadcastRow = {.name = "broadcastRow",
                                .operands = 1,
                                .check = checkBroadcast,
                                .prepare = {prepareBroadcast<double>, prepareBroadcast<float>}};

const Operation sumSamples = {
    .name = "sumSamples", .operands = 1, .check = checkSum, .prepare = {prepareSum<double>, prepareSum<float>}};

}  // namespace gnvpro::operation
