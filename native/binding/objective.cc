// Objective: the function to be minimised on one set of training data, as a JavaScript class.
#include <napi.h>

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
#include "session/session.h"

namespace gnvpro::binding {
namespace {

constexpr napi_type_tag kObjectiveTag = {0x2d94e1c7508b6fa3, 0xb7603f5ce8a1924d};

/** Undefined, W (t × m), a point, or { afterStepFrom: a point }. */
StartOfW readStartOfW(const Napi::Value& value, const ObjectiveState& state) {
  const Problem& problem = state.open();
  if (isMissing(value)) return {};
  if (value.IsTypedArray()) return {copied(float64Array(value, "start", problem.targets * problem.basis())), nullptr};
  const Napi::Value from = object(value, "start").Get("afterStepFrom");
  if (from.IsUndefined()) return {{}, knownOf(value, state)};
  return {{}, knownOf(from, state), true};
}

/** The last reference to a session goes off the JavaScript thread: to give back much memory takes a while. */
class Release : public Job {
 public:
  explicit Release(std::shared_ptr<Session> session) : session_(std::move(session)) {}

  void execute(Cancel&) override { session_.reset(); }
  Napi::Value result(Napi::Env env) override { return env.Undefined(); }

 private:
  std::shared_ptr<Session> session_;
};

class NativeObjective : public Napi::ObjectWrap<NativeObjective>, public Allocated {
 public:
  using Self = NativeObjective;

  static Napi::Function define(Napi::Env env) {
    return DefineClass(env, "Objective",
                       {InstanceMethod<&Self::at>("at"), InstanceMethod<&Self::regularize>("regularize"),
                        InstanceMethod<&Self::timings>("timings"), InstanceMethod<&Self::dispose>("dispose"),
                        InstanceMethod<&Self::release>("release"), getter<&Self::passes>("passes"),
                        getter<&Self::memoryBytes>("memoryBytes")});
  }

  explicit NativeObjective(const Napi::CallbackInfo& info) : Napi::ObjectWrap<NativeObjective>(info) {
    guarded(info.Env(), [&] {
      state_ = std::make_shared<ObjectiveState>();
      state_->blueprint = readBlueprint(info[0], state_->kept);
      info.This().As<Napi::Object>().TypeTag(&kObjectiveTag);
    });
  }

  void Finalize(Napi::BasicEnv env) override {
    if (accounted_ != 0) Napi::MemoryManagement::AdjustExternalMemory(env, -accounted_);
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
    return (Unwrap(self.As<Napi::Object>())->*get)(info);
  }

  /** Tells the garbage collector what this handle holds besides its own few bytes. */
  void account(Napi::BasicEnv env, int64_t bytes) {
    Napi::MemoryManagement::AdjustExternalMemory(env, bytes - accounted_);
    accounted_ = bytes;
  }

  /** Null before the first evaluation. */
  const Session* session() const {
    state_->open();
    return state_->session.get();
  }

  /** at(x, start) */
  Napi::Value at(const Napi::CallbackInfo& info) {
    return guarded(info.Env(), [&] {
      const StartOfW start = readStartOfW(info[1], *state_);
      const std::vector<double> x = copied(float64Array(info[0], "x", state_->open().unknowns()));
      const auto work = [x, start](Session& session, Cancel& cancel) { return session.at(x, start, cancel); };
      const auto answer = [this, x](Napi::Env env, const Session::Arrival& arrival) {
        if (state_->session) account(env, state_->session->memoryBytes());
        return newPoint(env, state_, x, arrival);
      };
      auto job = std::make_unique<ObjectiveJob<Session::Arrival>>(state_, work, answer);
      job->keep(info.This().As<Napi::Object>());
      return handleOf(info.Env(), std::move(job));
    });
  }

  /** regularize(alphaW, regularizer) */
  void regularize(const Napi::CallbackInfo& info) {
    guarded(info.Env(), [&] {
      state_->open();
      binding::regularize(*state_->blueprint, info[0], info[1]);
      ++state_->regularizations;
      if (state_->session) state_->session->forget();
    });
  }

  Napi::Value timings(const Napi::CallbackInfo& info) {
    return guarded(info.Env(), [&] {
      const Session* at = session();
      const Timings seconds = at == nullptr ? Timings{} : at->timings();
      Napi::Object result = Napi::Object::New(info.Env());
      result.Set("network", seconds.network);
      result.Set("projection", seconds.projection);
      result.Set("krylov", seconds.krylov);
      result.Set("dense", seconds.dense);
      return result;
    });
  }

  Napi::Value passes(const Napi::CallbackInfo& info) {
    const Session* at = session();
    return Napi::Number::New(info.Env(), at == nullptr ? 0 : static_cast<double>(at->passes()));
  }

  Napi::Value memoryBytes(const Napi::CallbackInfo& info) {
    const Session* at = session();
    return Napi::Number::New(info.Env(), at == nullptr ? 0 : static_cast<double>(at->memoryBytes()));
  }

  /** The memory goes now, or when the running job ends. */
  void dispose(const Napi::CallbackInfo& info) {
    state_->blueprint.reset();
    state_->session.reset();
    account(info.Env(), 0);
  }

  /** As dispose; when the job ends the memory is gone. */
  Napi::Value release(const Napi::CallbackInfo& info) {
    return guarded(info.Env(), [&] {
      auto job = std::make_unique<Release>(state_->session);
      dispose(info);
      return handleOf(info.Env(), std::move(job));
    });
  }

  std::shared_ptr<ObjectiveState> state_;
  int64_t accounted_ = 0;
};

}  // namespace

void exportObjective(Napi::Env env, Napi::Object exports) { exports.Set("Objective", NativeObjective::define(env)); }

}  // namespace gnvpro::binding
