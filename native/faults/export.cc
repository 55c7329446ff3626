#include <napi.h>

#include <cstdlib>
#include <limits>
#include <string>

#include "binding/arguments.h"
#include "binding/errors.h"
#include "binding/values.h"
#include "blas/self_test.h"
#include "faults/faults.h"

namespace gnvpro::faults {
namespace {

Event* const kEvents[] = {&allocation, &thread,  &daxpy,  &ddot,   &dgbtrf, &dgbtrs, &dgemm, &dgeqrf,
                          &dgesdd,     &dgesvd,  &dlarfb, &dlarft, &dnrm2,  &dpotrf, &dsyev, &dsyevd,
                          &dsyrk,      &dtpmqrt, &dtpqrt, &dtrsm,  &dtrsv,  &sgemm};

Event& eventOf(const Napi::Value& value) {
  const std::string name = binding::stringOf(value, "event");
  for (Event* event : kEvents) {
    if (name == event->name) return *event;
  }
  binding::refuse("the name of an event", "event", value);
}

/** arm(event, n, lasting, info); from here on even the memory of this addon's error messages may be refused. */
Napi::Value arm(const Napi::CallbackInfo& call) {
  return binding::guarded(call.Env(), [&] {
    Event& event = eventOf(call[0]);
    const int64_t n = binding::integer(call[1], "n", 1, std::numeric_limits<int32_t>::max());
    const bool lasting = binding::boolean(call[2], "lasting");
    const int64_t info = binding::integer(call[3], "info", 0, std::numeric_limits<int32_t>::max());
    event.arm(n, lasting, static_cast<int>(info));
    return call.Env().Undefined();
  });
}

Napi::Value disarm(const Napi::CallbackInfo& call) {
  for (Event* event : kEvents) event->disarm();
  return call.Env().Undefined();
}

/** Of each event since it was armed: { count, failures }. */
Napi::Value counts(const Napi::CallbackInfo& call) {
  Napi::Object result = Napi::Object::New(call.Env());
  for (const Event* event : kEvents) {
    Napi::Object numbers = Napi::Object::New(call.Env());
    numbers.Set("count", static_cast<double>(event->count()));
    numbers.Set("failures", static_cast<double>(event->failures()));
    result.Set(event->name, numbers);
  }
  return result;
}

/** The self-test once more: the routine that it finds wrong, or null. */
Napi::Value selfTest(const Napi::CallbackInfo& call) {
  return binding::guarded(call.Env(), [&]() -> Napi::Value {
    const blas::SelfTest test = blas::runSelfTest();
    if (test.routine == nullptr) return call.Env().Null();
    return Napi::String::New(call.Env(), test.routine);
  });
}

}  // namespace

void armFromEnvironment() {
  const char* name = std::getenv("GNVPRO_FAULT");
  if (name == nullptr) return;
  for (Event* event : kEvents) {
    if (std::string(name) == event->name) event->arm(1, true, 0);
  }
}

void exportFaults(Napi::Env env, Napi::Object exports) {
  Napi::Object faults = Napi::Object::New(env);
  faults.Set("arm", Napi::Function::New<arm>(env, "arm"));
  faults.Set("disarm", Napi::Function::New<disarm>(env, "disarm"));
  faults.Set("counts", Napi::Function::New<counts>(env, "counts"));
  faults.Set("selfTest", Napi::Function::New<selfTest>(env, "selfTest"));
  exports.Set("faults", faults);
}

}  // namespace gnvpro::faults
