// elementwise(kind, parameter, x) → { value, derivative }: the kernels as they are, for tests and benchmarks.
#include "kernels/elementwise.h"

#include <napi.h>

#include <algorithm>
#include <cstdint>
#include <span>

#include "binding/arguments.h"
#include "binding/errors.h"
#include "binding/exports.h"
#include "binding/values.h"

namespace gnvpro::binding {
namespace {

/** Both kernels write over an operand, as most instructions of a program do. */
Napi::Value evaluate(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  const auto kind = static_cast<UnaryKind>(integer(info[0], "kind", 0, kUnaryKindCount - 1));
  const double parameter = number(info[1], "parameter");
  const std::span<double> x = float64Array(info[2], "x");
  const auto n = static_cast<int64_t>(x.size());

  Napi::Float64Array value = copiedArray(env, x);
  elementwise::unary(kind, parameter, n, value.Data(), value.Data());
  Napi::Float64Array derivative = copiedArray(env, {value.Data(), x.size()});
  elementwise::unaryDerivative(kind, parameter, n, x.data(), derivative.Data(), derivative.Data());

  return newObject(env, Field{"value", value}, Field{"derivative", derivative});
}

}  // namespace

void exportElementwise(Napi::Env env, Napi::Object exports) {
  exports.Set("elementwise", newFunction<evaluate>(env, "elementwise"));
}

}  // namespace gnvpro::binding
