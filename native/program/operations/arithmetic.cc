// Arithmetic entry by entry.
#include "kernels/elementwise.h"
#include "program/instruction_check.h"
#include "program/operation.h"

namespace gnvpro::operation {
namespace {

template <typename T>
using OfTwo = void (*)(int64_t n, const T* a, const T* b, T* c);

template <typename T, OfTwo<T> kernel>
Kernel<T> prepareOfTwo(const Program&, int32_t) {
  return [](const Run<T>& run) { kernel(run.size, run.a, run.b, run.out); };
}

template <OfTwo<double> inDouble, OfTwo<float> inFloat>
constexpr Operation ofTwo(const char* name) {
  return {.name = name,
          .operands = 2,
          .inPlace = true,
          .check = [](const InstructionCheck& check) { check.expectSameShapes(); },
          .prepare = {prepareOfTwo<double, inDouble>, prepareOfTwo<float, inFloat>}};
}

void checkScale(const InstructionCheck& check) {
  check.expectSameShapes();
  check.checkConstantIndex(check.attribute(0));
}

template <typename T>
Kernel<T> prepareScale(const Program& program, int32_t id) {
  const double factor = program.constants[program.instructions[id].attributes[0]];
  return [factor](const Run<T>& run) { elementwise::scale(run.size, factor, run.a, run.out); };
}

}  // namespace

const Operation add = ofTwo<elementwise::add<double>, elementwise::add<float>>("add");
const Operation sub = ofTwo<elementwise::sub<double>, elementwise::sub<float>>("sub");
const Operation mul = ofTwo<elementwise::mul<double>, elementwise::mul<float>>("mul");

const Operation scale = {.name = "scale",
                         .operands = 1,
                         .attributes = 1,
                         .inPlace = true,
                         .check = checkScale,
                         .prepare = {prepareScale<double>, prepareScale<float>}};

}  // namespace gnvpro::operation
