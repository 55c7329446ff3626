// Arithmetic entry by entry.
#include "kernels/elementwise.h"
#include "program/instruction_check.h"
#include "program/operation.h"

namespace gnvpro::operation {
namespace {

template <void (*kernel)(int64_t n, const double* a, const double* b, double* c)>
constexpr Operation ofTwo(const char* name) {
  return {.name = name,
          .operands = 2,
          .inPlace = true,
          .check = [](const InstructionCheck& check) { check.expectSameShapes(); },
          .prepare = [](const Program&, int32_t) -> Kernel {
            return [](const Run& run) { kernel(run.size, run.a, run.b, run.out); };
          }};
}

void checkScale(const InstructionCheck& check) {
  check.expectSameShapes();
  check.checkConstantIndex(check.attribute(0));
}

Kernel prepareScale(const Program& program, int32_t id) {
  const double factor = program.constants[program.instructions[id].attributes[0]];
  return [factor](const Run& run) { elementwise::scale(run.size, factor, run.a, run.out); };
}

}  // namespace

const Operation add = ofTwo<elementwise::add>("add");
const Operation sub = ofTwo<elementwise::sub>("sub");
const Operation mul = ofTwo<elementwise::mul>("mul");

const Operation scale = {
    .name = "scale", .operands = 1, .attributes = 1, .inPlace = true, .check = checkScale, .prepare = prepareScale};

}  // namespace gnvpro::operation
