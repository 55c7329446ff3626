// Elementwise functions and their derivatives.
#include "kernels/bounds.h"
#include "kernels/elementwise.h"
#include "program/instruction_check.h"
#include "program/operation.h"

namespace gnvpro::operation {
namespace {

/** Beside an addition: about 15 vectorised operations. */
constexpr double kFlops = 15;

void checkFunction(const InstructionCheck& check) {
  check.expectSameShapes();
  const int32_t kind = check.attribute(0);
  if (!isInRange(kind, kUnaryKindCount)) check.fail("names an elementwise function that does not exist");
  if (check.attribute(1) != -1) return check.checkConstantIndex(check.attribute(1));
  const UnaryFunction& function = kUnaryFunctions[kind];
  if (function.parameter) check.fail(std::string("needs the parameter of ") + function.name);
}

struct Function {
  UnaryKind kind;
  double parameter;

  Function(const Program& program, int32_t id) {
    const std::vector<int32_t>& attributes = program.instructions[id].attributes;
    kind = static_cast<UnaryKind>(attributes[0]);
    parameter = attributes[1] == -1 ? 0 : program.constants[attributes[1]];
  }
};

template <typename T>
Kernel<T> prepareValue(const Program& program, int32_t id) {
  return [f = Function(program, id)](const Run<T>& run) {
    elementwise::unary(f.kind, f.parameter, run.size, run.a, run.out);
  };
}

template <typename T>
Kernel<T> prepareDerivative(const Program& program, int32_t id) {
  return [f = Function(program, id)](const Run<T>& run) {
    elementwise::unaryDerivative(f.kind, f.parameter, run.size, run.a, run.b, run.out);
  };
}

}  // namespace

const Operation unary = {.name = "unary",
                         .operands = 1,
                         .attributes = 2,
                         .inPlace = true,
                         .check = checkFunction,
                         .prepare = {prepareValue<double>, prepareValue<float>},
                         .flops = [](const Program&, const Instruction&) { return kFlops; }};

const Operation unaryDerivative = {.name = "unaryDerivative",
                                   .operands = 2,
                                   .attributes = 2,
                                   .inPlace = true,
                                   .check = checkFunction,
                                   .prepare = {prepareDerivative<double>, prepareDerivative<float>}};

}  // namespace gnvpro::operation
