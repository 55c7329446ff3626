// Session: the reduced objective on one set of training data, as a JavaScript class.
#include "session/session.h"

#include <napi.h>

#include <functional>
#include <memory>
#include <utility>
#include <vector>

#include "binding/arguments.h"
#include "binding/arrays.h"
#include "binding/blueprint.h"
#include "binding/environment.h"
#include "binding/errors.h"
#include "binding/exports.h"
#include "binding/job.h"
#include "blas/buffer_lease.h"

namespace gnvpro::binding {
namespace {

constexpr napi_type_tag kSessionTag = {0x2d94e1c7508b6fa3, 0xb7603f5ce8a1924d};

/** What a handle and its running job share. */
struct State {
  std::shared_ptr<Blueprint> blueprint;  // null after disposal
  std::shared_ptr<Session> session;      // null before the first evaluation
  bool busy = false;
};

/** Work on a session and its answer, each a function. */
template <typename Answer>
class SessionJob : public Job {
 public:
  using Work = std::function<Answer(Session&, Cancel&, const std::function<void(int64_t)>&)>;
  using Convert = std::function<Napi::Value(Napi::Env, const Answer&)>;

  SessionJob(std::shared_ptr<State> state, Work work, Convert convert)
      : state_(std::move(state)),
        blueprint_(state_->blueprint),
        session_(state_->session),
        work_(std::move(work)),
        convert_(std::move(convert)) {
    state_->busy = true;
  }
  ~SessionJob() override { settled(); }  // also where the job never started

  void execute(Cancel& cancel) override {
    if (!session_) session_ = build(blueprint_, cancel);
    answer_ = work_(*session_, cancel, [this](int64_t value) { report(static_cast<double>(value)); });
  }

  Napi::Value result(Napi::Env env) override { return convert_(env, answer_); }
  void settled() override {
    state_->busy = false;
    if (state_->blueprint) state_->session = session_;
  }

 private:
  std::shared_ptr<State> state_;
  std::shared_ptr<const Blueprint> blueprint_;
  std::shared_ptr<Session> session_;  // dispose() may come while this runs
  Work work_;
  Convert convert_;
  Answer answer_{};
};

const char* nameOf(InnerStatus status) {
  switch (status) {
    case InnerStatus::converged:
      return "converged";
    case InnerStatus::rounding:
      return "rounding";
    case InnerStatus::iterationLimit:
      return "iterationLimit";
    case InnerStatus::stalled:
      return "stalled";
  }
  return "";
}

Napi::Value innerObject(Napi::Env env, const Evaluation& evaluation) {
  if (!evaluation.inner || !evaluation.finite) return env.Null();
  const InnerRecord& inner = *evaluation.inner;
  Napi::Object result = Napi::Object::New(env);
  result.Set("iterations", static_cast<double>(inner.iterations));
  result.Set("krylovIterations", static_cast<double>(inner.krylovIterations));
  result.Set("gradientNorm", inner.gradientNorm);
  result.Set("seconds", inner.seconds);
  result.Set("status", nameOf(inner.status));
  return result;
}

Napi::Value evaluationObject(Napi::Env env, const Evaluation& evaluation) {
  Napi::Object result = Napi::Object::New(env);
  result.Set("objective", evaluation.objective);
  result.Set("loss", evaluation.loss);
  result.Set("regularizationTheta", evaluation.regularizationTheta);
  result.Set("regularizationW", evaluation.regularizationW);
  result.Set("rank", static_cast<double>(evaluation.rank));
  result.Set("finite", Napi::Boolean::New(env, evaluation.finite));
  result.Set("inner", innerObject(env, evaluation));
  return result;
}

Napi::Value stepObject(Napi::Env env, const StepResult& result) {
  const TrustRegionStep& step = result.step;
  Napi::Object object = Napi::Object::New(env);
  object.Set("step", copiedArray(env, step.s));
  object.Set("stepNorm", step.norm);
  object.Set("predictedReduction", step.reduction);
  object.Set("radius", step.radius);
  object.Set("onBoundary", Napi::Boolean::New(env, step.onBoundary));
  object.Set("multiplier", step.multiplier);
  object.Set("vectors", static_cast<double>(result.vectors));
  object.Set("relativeResidual", result.relativeResidual);
  object.Set("products", static_cast<double>(result.products));
  object.Set("passes", static_cast<double>(result.passes));
  object.Set("factorizations", static_cast<double>(step.factorizations));
  return object;
}

StepOptions readStepOptions(const Napi::Value& value) {
  const Napi::Object options = object(value, "options");
  const auto solver =
      oneOf<Solver>(options.Get("solver"), "solver", {{"krylov", Solver::krylov}, {"dense", Solver::dense}});
  const int64_t maxVectors = integer(options.Get("maxVectors"), "maxVectors", 1, 1 << 20);
  const double tolerance = numberIn(options.Get("tolerance"), "tolerance", 0, 1);
  const Napi::Value radius = options.Get("radius");
  const bool usePairs = boolean(options.Get("usePairs"), "usePairs");
  const double rankTolerance = numberIn(options.Get("rankTolerance"), "rankTolerance", 0, 1);
  Radius limit;
  if (!isMissing(radius)) limit = numberIn(radius, "radius", 0, 1e300);
  return {solver, maxVectors, tolerance, limit, usePairs, rankTolerance};
}

StartOfW readStartOfW(const Napi::Value& value, const Problem& problem) {
  if (isMissing(value)) return {};
  if (value.IsString()) {
    oneOf<bool>(value, "start", {{"afterStep", true}});
    return {true, {}};
  }
  return {false, copied(float64Array(value, "start", problem.targets * problem.basis()))};
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

class NativeSession : public Napi::ObjectWrap<NativeSession>, public Allocated {
 public:
  using Self = NativeSession;

  static Napi::Function define(Napi::Env env) {
    return DefineClass(env, "Session",
                       {InstanceMethod<&Self::evaluate>("evaluate"),
                        InstanceMethod<&Self::evaluateSync>("evaluateSync"),
                        InstanceMethod<&Self::gradient>("gradient"),
                        InstanceMethod<&Self::gradientSync>("gradientSync"),
                        InstanceMethod<&Self::step>("step"),
                        InstanceMethod<&Self::stepSync>("stepSync"),
                        InstanceMethod<&Self::hessianProduct>("hessianProduct"),
                        InstanceMethod<&Self::hessianProductSync>("hessianProductSync"),
                        InstanceMethod<&Self::jacobianProductSync>("jacobianProductSync"),
                        InstanceMethod<&Self::jacobianTransposeProductSync>("jacobianTransposeProductSync"),
                        InstanceMethod<&Self::denseHessianSync>("denseHessianSync"),
                        InstanceMethod<&Self::innerFactorSync>("innerFactorSync"),
                        InstanceMethod<&Self::accept>("accept"),
                        InstanceMethod<&Self::regularize>("regularize"),
                        InstanceMethod<&Self::weights>("weights"),
                        InstanceMethod<&Self::W>("W"),
                        InstanceMethod<&Self::trialW>("trialW"),
                        InstanceMethod<&Self::residual>("residual"),
                        InstanceMethod<&Self::features>("features"),
                        InstanceMethod<&Self::timings>("timings"),
                        InstanceMethod<&Self::dispose>("dispose"),
                        InstanceMethod<&Self::release>("release"),
                        getter<&Self::memoryBytes>("memoryBytes")});
  }

  explicit NativeSession(const Napi::CallbackInfo& info) : Napi::ObjectWrap<NativeSession>(info) {
    guarded(info.Env(), [&] {
      state_ = std::make_shared<State>();
      state_->blueprint = readBlueprint(info[0], kept_);
      info.This().As<Napi::Object>().TypeTag(&kSessionTag);
    });
  }

  void Finalize(Napi::BasicEnv env) override {
    if (accounted_ != 0) Napi::MemoryManagement::AdjustExternalMemory(env, -accounted_);
  }

 private:
  using Arrays = std::vector<double>;
  using Progress = std::function<void(int64_t)>;

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
    if (!self.IsObject() || !self.As<Napi::Object>().CheckTypeTag(&kSessionTag)) {
      refuse("a native Session", "this", self);
    }
    return (Unwrap(self.As<Napi::Object>())->*get)(info);
  }

  /** Tells the garbage collector what this handle holds besides its own few bytes. */
  void account(Napi::BasicEnv env, int64_t bytes) {
    Napi::MemoryManagement::AdjustExternalMemory(env, bytes - accounted_);
    accounted_ = bytes;
  }

  const Blueprint& open() const {
    if (!state_->blueprint) throw CodedError("ERR_DISPOSED", "This session has been disposed of.");
    if (state_->busy) throw CodedError("ERR_BUSY", "This session is busy: await its running job before the next call.");
    return *state_->blueprint;
  }

  const Problem& problem() const { return open().problem; }

  /** Null before the first evaluation. */
  Session* session() const {
    open();
    return state_->session.get();
  }

  Session& atPoint() const {
    Session* at = session();
    if (at == nullptr || !at->hasCurrent()) {
      throw CodedError("ERR_STATE", "Expected a current point: call evaluate() and accept() first.");
    }
    return *at;
  }

  template <typename Answer, typename Convert>
  Napi::Value start(const Napi::CallbackInfo& info, bool async, size_t flagAt, typename SessionJob<Answer>::Work work,
                    Convert convert, const Napi::Value& progress) {
    const Napi::Value flag = info[flagAt];
    cancelFlag(flag);  // refused before the session counts as busy
    if (!isMissing(progress)) function(progress, "onProgress");
    auto job = std::make_unique<SessionJob<Answer>>(state_, std::move(work), std::move(convert));
    job->keep(info.This().As<Napi::Object>());
    return async ? runAsync(info.Env(), std::move(job), flag, progress) : runSync(info.Env(), std::move(job), flag);
  }

  Napi::Value startEvaluate(const Napi::CallbackInfo& info, bool async) {
    return guarded(info.Env(), [&] {
      const Arrays x = copied(float64Array(info[0], "x", problem().unknowns()));
      const StartOfW startOfW = readStartOfW(info[2], problem());
      const auto work = [x, startOfW](Session& session, Cancel& cancel, const Progress&) {
        return session.evaluate(x, startOfW, cancel);
      };
      const auto answer = [this](Napi::Env env, const Evaluation& evaluation) {
        if (state_->session) account(env, state_->session->memoryBytes());
        return evaluationObject(env, evaluation);
      };
      return start<Evaluation>(info, async, 1, work, answer, info.Env().Undefined());
    });
  }

  Napi::Value startGradient(const Napi::CallbackInfo& info, bool async) {
    return guarded(info.Env(), [&] {
      atPoint();
      const auto work = [](Session& session, Cancel& cancel, const Progress&) { return session.gradient(cancel); };
      return start<Arrays>(info, async, 0, work, copiedArray, info.Env().Undefined());
    });
  }

  Napi::Value startStep(const Napi::CallbackInfo& info, bool async) {
    return guarded(info.Env(), [&] {
      const StepOptions options = readStepOptions(info[0]);
      if (options.solver == Solver::dense && !atPoint().canAssemble()) {
        throw CodedError("ERR_STATE", "Expected solver 'krylov': this network has no per-sample program.");
      }
      atPoint();
      const auto work = [options](Session& session, Cancel& cancel, const Progress& progress) {
        return session.step(options, progress, cancel);
      };
      return start<StepResult>(info, async, 1, work, stepObject, async ? info[2] : info.Env().Undefined());
    });
  }

  Napi::Value startProduct(const Napi::CallbackInfo& info, bool async) {
    return guarded(info.Env(), [&] {
      atPoint();
      const Arrays v = copied(float64Array(info[0], "v", problem().unknowns()));
      const auto work = [v](Session& session, Cancel& cancel, const Progress&) {
        return session.hessianProduct(v, cancel);
      };
      return start<Arrays>(info, async, 1, work, copiedArray, info.Env().Undefined());
    });
  }

  Napi::Value evaluate(const Napi::CallbackInfo& info) { return startEvaluate(info, true); }
  Napi::Value evaluateSync(const Napi::CallbackInfo& info) { return startEvaluate(info, false); }
  Napi::Value gradient(const Napi::CallbackInfo& info) { return startGradient(info, true); }
  Napi::Value gradientSync(const Napi::CallbackInfo& info) { return startGradient(info, false); }
  Napi::Value step(const Napi::CallbackInfo& info) { return startStep(info, true); }
  Napi::Value stepSync(const Napi::CallbackInfo& info) { return startStep(info, false); }
  Napi::Value hessianProduct(const Napi::CallbackInfo& info) { return startProduct(info, true); }
  Napi::Value hessianProductSync(const Napi::CallbackInfo& info) { return startProduct(info, false); }

  Napi::Value jacobianProductSync(const Napi::CallbackInfo& info) {
    return guarded(info.Env(), [&] {
      const blas::BufferLease lease(blas::BufferLease::Holder::job);
      Session& session = atPoint();
      const Arrays v = copied(float64Array(info[0], "v", problem().unknowns()));
      return copiedArray(info.Env(), session.jacobianProduct(v, Cancel()));
    });
  }

  Napi::Value jacobianTransposeProductSync(const Napi::CallbackInfo& info) {
    return guarded(info.Env(), [&] {
      const blas::BufferLease lease(blas::BufferLease::Holder::job);
      Session& session = atPoint();
      const auto rows = problem().samples.count + problem().basis();
      const Arrays u = copied(float64Array(info[0], "u", rows * problem().targets));
      return copiedArray(info.Env(), session.jacobianTransposeProduct(u, Cancel()));
    });
  }

  Napi::Value denseHessianSync(const Napi::CallbackInfo& info) {
    return guarded(info.Env(), [&] {
      const blas::BufferLease lease(blas::BufferLease::Holder::job);
      Session& session = atPoint();
      if (!session.canAssemble()) {
        throw CodedError("ERR_STATE", "Expected a network with a per-sample program: this one has none.");
      }
      return copiedArray(info.Env(), session.denseHessian(Cancel()));
    });
  }

  Napi::Value innerFactorSync(const Napi::CallbackInfo& info) {
    return guarded(info.Env(), [&]() -> Napi::Value {
      const blas::BufferLease lease(blas::BufferLease::Holder::job);
      InnerFactor* factor = atPoint().innerFactor();
      if (factor == nullptr) return info.Env().Null();
      Napi::Object result = Napi::Object::New(info.Env());
      result.Set("inverse", copiedArray(info.Env(), factor->inverse(Cancel())));
      result.Set("leverages", copiedArray(info.Env(), factor->leverages(Cancel())));
      result.Set("logDeterminant", factor->logDeterminant());
      return result;
    });
  }

  void accept(const Napi::CallbackInfo& info) {
    guarded(info.Env(), [&] {
      Session* at = session();
      if (at == nullptr || !at->accept()) {
        throw CodedError("ERR_STATE", "Expected a finite trial point: call evaluate() before accept().");
      }
    });
  }

  void regularize(const Napi::CallbackInfo& info) {
    guarded(info.Env(), [&] {
      Session* at = session();
      binding::regularize(*state_->blueprint, info[0], info[1]);
      if (at != nullptr) at->forget();
    });
  }

  Napi::Value weights(const Napi::CallbackInfo& info) {
    return guarded(info.Env(), [&] { return copiedArray(info.Env(), atPoint().current().network.theta); });
  }

  Napi::Value W(const Napi::CallbackInfo& info) {
    return guarded(info.Env(), [&] { return copiedArray(info.Env(), atPoint().current().eliminated.W); });
  }

  Napi::Value trialW(const Napi::CallbackInfo& info) {
    return guarded(info.Env(), [&] {
      const Session* at = session();
      if (at == nullptr || !at->hasTrial()) {
        throw CodedError("ERR_STATE", "Expected a finite trial point: call evaluate() before trialW().");
      }
      return copiedArray(info.Env(), at->trial().eliminated.W);
    });
  }

  Napi::Value residual(const Napi::CallbackInfo& info) {
    return guarded(info.Env(), [&] { return copiedArray(info.Env(), atPoint().lossGradient()); });
  }

  Napi::Value features(const Napi::CallbackInfo& info) {
    return guarded(info.Env(), [&] { return copiedArray(info.Env(), atPoint().current().network.Z); });
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

  Napi::Value memoryBytes(const Napi::CallbackInfo& info) {
    return guarded(info.Env(), [&] {
      const Session* at = session();
      const int64_t bytes = at == nullptr ? 0 : at->memoryBytes();
      return Napi::Number::New(info.Env(), static_cast<double>(bytes));
    });
  }

  /** The memory goes now, or when the running job ends. */
  void dispose(const Napi::CallbackInfo& info) {
    state_->blueprint.reset();
    state_->session.reset();
    account(info.Env(), 0);
  }

  /** As dispose; the promise is fulfilled when the memory is gone. */
  Napi::Value release(const Napi::CallbackInfo& info) {
    return guarded(info.Env(), [&] {
      auto job = std::make_unique<Release>(state_->session);
      dispose(info);
      return runAsync(info.Env(), std::move(job), info.Env().Undefined());
    });
  }

  std::shared_ptr<State> state_;
  Kept kept_;
  int64_t accounted_ = 0;
};

}  // namespace

void exportSession(Napi::Env env, Napi::Object exports) { exports.Set("Session", NativeSession::define(env)); }

}  // namespace gnvpro::binding
