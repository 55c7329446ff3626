// Operations without operands: what they read is used in place.
#include "kernels/bounds.h"
#include "program/instruction_check.h"
#include "program/operation.h"

namespace gnvpro::operation {
namespace {

void checkSampleInput(const InstructionCheck& check) {
  const std::vector<int32_t>& columns = check.program().sampleInputColumns;
  if (!isInRange(check.attribute(0), columns.size())) check.fail("reads a sample input that does not exist");
  check.expectSamples(true, columns[check.attribute(0)]);
}

void checkVectorInput(const InstructionCheck& check) {
  const std::vector<int32_t>& lengths = check.program().vectorInputLengths;
  check.expectFixedResult();
  if (!isInRange(check.attribute(0), lengths.size())) check.fail("reads a vector input that does not exist");
  if (!fits(check.attribute(1), check.result().size(), lengths[check.attribute(0)])) {
    check.fail("reads beyond the end of its vector input");
  }
}

void checkConstant(const InstructionCheck& check) {
  check.expectFixedResult();
  if (!fits(check.attribute(0), check.result().size(), static_cast<int64_t>(check.program().constants.size()))) {
    check.fail("reads beyond the end of the constants");
  }
}

double nothing(const Program&, const Instruction&) { return 0; }

}  // namespace

const Operation sampleInput = {.name = "sampleInput",
                               .operands = 0,
                               .attributes = 1,
                               .source = Source::samples,
                               .check = checkSampleInput,
                               .flops = nothing};

const Operation vectorInput = {
    .name = "vectorInput", .operands = 0, .attributes = 2, .source = Source::vector, .check = checkVectorInput};

const Operation constant = {
    .name = "constant", .operands = 0, .attributes = 1, .source = Source::constant, .check = checkConstant};

}  // namespace gnvpro::operation
