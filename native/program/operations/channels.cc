// A number for each channel: channels are groups of neighbouring columns, of equal length.
#include "kernels/rowwise.h"
#include "program/instruction_check.h"
#include "program/operation.h"

namespace gnvpro::operation {
namespace {

void checkChannels(const InstructionCheck& check, const Value& samples, int32_t channels) {
  if (!samples.samples) check.fail("needs samples for its first operand");
  if (channels < 1 || samples.cols % channels != 0) check.fail("has columns that do not divide into its channels");
}

void checkAdd(const InstructionCheck& check) {
  const Value &a = check.operand(0), &row = check.operand(1);
  if (row.samples || row.rows != 1) check.fail("needs a row but has " + shapeOf(row));
  checkChannels(check, a, row.cols);
  check.expectSamples(true, a.cols);
}

template <typename T>
Kernel<T> prepareAdd(const Program& program, int32_t id) {
  const int64_t channels = program.values[program.instructions[id].operands[1]].cols;
  return [channels, length = program.values[id].cols / channels](const Run<T>& run) {
    rowwise::addChannels(run.rows, channels, length, run.a, run.b, run.out);
  };
}

void checkSum(const InstructionCheck& check) {
  checkChannels(check, check.operand(0), check.attribute(0));
  check.expectFixed(1, check.attribute(0));
}

template <typename T>
Kernel<T> prepareSum(const Program& program, int32_t id) {
  const Instruction& instruction = program.instructions[id];
  const int64_t channels = instruction.attributes[0];
  return [channels, length = program.values[instruction.operands[0]].cols / channels](const Run<T>& run) {
    rowwise::sumChannels(run.rows, channels, length, run.a, run.accumulate, run.out);
  };
}

double flopsOfSum(const Program& program, const Instruction& instruction) {
  return static_cast<double>(program.values[instruction.operands[0]].cols) / instruction.attributes[0];
}

}  // namespace

const Operation addChannels = {.name = "addChannels",
                               .operands = 2,
                               .inPlace = true,
                               .check = checkAdd,
                               .prepare = {prepareAdd<double>, prepareAdd<float>}};

const Operation sumChannels = {.name = "sumChannels",
                               .operands = 1,
                               .attributes = 1,
                               .check = checkSum,
                               .prepare = {prepareSum<double>, prepareSum<float>},
                               .flops = flopsOfSum};

}  // namespace gnvpro::operation
