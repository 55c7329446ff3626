// Objective: the function to be minimised on one set of training data, as a JavaScript class.
#include "objective/objective.h"

#include <napi.h>

#include <cstddef>
#include <memory>
#include <utility>
#include <vector>

#include "binding/arguments.h"
#include "binding/blueprint.h"
#include "binding/environment.h"
#include "binding/errors.h"
#include "binding/exports.h"
#include "binding/objective_job.h"
#include "binding/point.h"
#include "binding/values.h"

namespace gnvpro::binding {
namespace {

constexpr napi_type_tag kObjectiveTag = {0x2d94e1c7508b6fa3, 0xb7603f5ce8a1924d};

/** Undefined, W (t × m), a point, or { afterStepFrom: a point }; and the point. */
std::pair<StartOfW, std::shared_ptr<const PointState>> readStartOfW(const Napi::Value& value,
                                                                    const ObjectiveState& state) {
  const Problem& problem = state.open();
  if (isMissing(value)) return {};
  if (value.IsTypedArray()) {
    return {{copied(float64Array(value, "start", problem.targets * problem.basis())), nullptr}, nullptr};
  }
  const Napi::Value from = object(value, "start").Get("afterStepFrom");
  const bool afterStep = !from.IsUndefined();
  auto point = pointOf(afterStep ? from : value, state);
  return {{{}, point->live(), afterStep}, point};
}

class NativeObjective : public Wrapped<NativeObjective> {
 public:
  using Self = NativeObjective;

  static Napi::Function define(Napi::Env env) {
    return DefineClass(
        env, "Objective",
        {method<&Self::at>("at"), method<&Self::regularize>("regularize"), method<&Self::timings>("timings"),
         method<&Self::dispose>("dispose"), method<&Self::release>("release"), getter<&Self::passes>("passes"),
         getter<&Self::memoryBytes>("memoryBytes")});
  }

  explicit NativeObjective(const Napi::CallbackInfo& info) : Wrapped(info) {
    guarded(info.Env(), [&] {
      state_ = std::make_shared<ObjectiveState>(info.Env());
      state_->blueprint = readBlueprint(info[0], state_->kept);
      info.This().As<Napi::Object>().TypeTag(&kObjectiveTag);
    });
  }

 private:
  /** V8 compares the receiver of a method with its class, but lets an accessor be called on any object. */
  template <Napi::Value (Self::*get)(const Napi::CallbackInfo&)>
  static PropertyDescriptor getter(const char* name) {
    napi_property_descriptor property{};
    property.utf8name = name;
    property.getter = callback<&Self::checked<get>>;
    return property;
  }

  template <Napi::Value (Self::*get)(const Napi::CallbackInfo&)>
  static Napi::Value checked(const Napi::CallbackInfo& info) {
    const Napi::Value self = info.This();
    if (!self.IsObject() || !self.As<Napi::Object>().CheckTypeTag(&kObjectiveTag)) {
      refuse("a native Objective", "this", self);
    }
    return call<get>(info);
  }

  /** Null before the first evaluation. */
  const Objective* found() const {
    state_->open();
    return state_->objective.get();
  }

  /** at(x, start) */
  Napi::Value at(const Napi::CallbackInfo& info) {
    auto [start, from] = readStartOfW(info[1], *state_);
    const Napi::Float64Array x =
        copiedArray(info.Env(), float64Array(info[0], "x", state_->open().unknowns()));  // of the point
    auto work = [x = x.Data(), start = std::move(start)](Objective& objective, const Readings&, Cancel& cancel) {
      return objective.at(x, start, cancel);
    };
    auto answer = [this, x = Napi::Persistent(x)](Napi::Env env, const Objective::Arrival& arrival) {
      return newPoint(env, state_, x.Value(), arrival);
    };
    auto job = newObjectiveJob(state_, from, std::move(work), std::move(answer));
    job->keep(info.This().As<Napi::Object>());
    return handleOf(info.Env(), std::move(job));
  }

  /** regularize(alphaW, regularizer) */
  void regularize(const Napi::CallbackInfo& info) {
    state_->open();
    const std::shared_ptr<Blueprint> blueprint = state_->blueprint;  // reading runs JavaScript, which may dispose
    binding::regularize(*blueprint, info[0], info[1]);
    ++state_->regularizations;
    if (state_->objective) state_->objective->forget();
  }

  Napi::Value timings(const Napi::CallbackInfo& info) {
    const Objective* at = found();
    const Timings seconds = at == nullptr ? Timings{} : at->timings();
    return newObject(info.Env(), Field{"network", seconds.network}, Field{"projection", seconds.projection},
                     Field{"krylov", seconds.krylov}, Field{"dense", seconds.dense});
  }

  Napi::Value passes(const Napi::CallbackInfo& info) {
    const Objective* at = found();
    return valueOf(info.Env(), at == nullptr ? 0 : at->passes());
  }

  Napi::Value memoryBytes(const Napi::CallbackInfo& info) {
    const Objective* at = found();
    return valueOf(info.Env(), at == nullptr ? 0 : at->memoryBytes());
  }

  /** The memory goes now, or when the running job ends. */
  void dispose(const Napi::CallbackInfo&) {
    state_->blueprint.reset();
    state_->objective.reset();
    state_->account();
  }

  /** As dispose, but the last reference to the objective goes with the job: to give back much memory takes a while. */
  Napi::Value release(const Napi::CallbackInfo& info) {
    auto work = [objective = state_->objective](const Readings&, Cancel&) mutable {
      objective.reset();
      return nullptr;
    };
    auto job = newJob(std::move(work), [](Napi::Env env, std::nullptr_t) { return env.Undefined(); });
    dispose(info);
    return handleOf(info.Env(), std::move(job));
  }

  std::shared_ptr<ObjectiveState> state_;
};

}  // namespace

void exportObjective(Napi::Env env, Napi::Object exports) { exports.Set("Objective", NativeObjective::define(env)); }

}  // namespace gnvpro::binding
