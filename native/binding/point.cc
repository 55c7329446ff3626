#include "binding/point.h"

#include <string_view>
#include <utility>

#include "binding/arguments.h"
#include "binding/arrays.h"
#include "binding/environment.h"
#include "binding/exports.h"

namespace gnvpro::binding {
namespace {

constexpr napi_type_tag kPointTag = {0x71c3d08e5a9246bf, 0xa4f2e6b81d0793c5};

/** What a handle is made of. */
struct Parts {
  std::shared_ptr<ObjectiveState> state;
  std::shared_ptr<Known> place;  // null where the point is not finite, and once it is dropped
  bool isFinite = true;
  int64_t regularizations = 0;  // of the objective, when the point was found
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
  object.Set("factorizations", static_cast<double>(step.factorizations));
  return object;
}

Napi::Value factorObject(Napi::Env env, const std::optional<InnerFacts>& factor) {
  if (!factor) return env.Null();
  Napi::Object result = Napi::Object::New(env);
  result.Set("inverse", copiedArray(env, factor->inverse));
  result.Set("leverages", copiedArray(env, factor->leverages));
  result.Set("logDeterminant", factor->logDeterminant);
  return result;
}

StepOptions readStepOptions(const Napi::Value& value) {
  const Napi::Object options = object(value, "options");
  const auto solver =
      oneOf<Solver>(options.Get("solver"), "solver", {{"krylov", Solver::krylov}, {"dense", Solver::dense}});
  const int64_t maxVectors = integer(options.Get("maxVectors"), "maxVectors", 1, 1 << 20);
  const double tolerance = numberIn(options.Get("tolerance"), "tolerance", 0, 1);
  const Napi::Value radius = options.Get("radius");
  const double multiplier = numberIn(options.Get("multiplier"), "multiplier", 0, 1e300);
  const double rankTolerance = numberIn(options.Get("rankTolerance"), "rankTolerance", 0, 1);
  Radius limit;
  if (!isMissing(radius)) limit = numberIn(radius, "radius", 0, 1e300);
  return {solver, maxVectors, tolerance, limit, multiplier, rankTolerance};
}

/** The steps that a preconditioner is made of, as the caller remembers them. */
struct Memory {
  const double* data = nullptr;
  int64_t rows = 0, first = 0, count = 0;
};

class NativePoint : public Napi::ObjectWrap<NativePoint>, public Allocated {
 public:
  using Self = NativePoint;

  static Napi::Function define(Napi::Env env) {
    return DefineClass(
        env, "Point",
        {InstanceMethod<&Self::gradient>("gradient"), InstanceMethod<&Self::step>("step"),
         InstanceMethod<&Self::hessianProduct>("hessianProduct"),
         InstanceMethod<&Self::jacobianProduct>("jacobianProduct"),
         InstanceMethod<&Self::jacobianTransposeProduct>("jacobianTransposeProduct"),
         InstanceMethod<&Self::denseHessian>("denseHessian"), InstanceMethod<&Self::innerFactor>("innerFactor"),
         InstanceMethod<&Self::W>("W"), InstanceMethod<&Self::residual>("residual"),
         InstanceMethod<&Self::features>("features"), InstanceMethod<&Self::drop>("drop")});
  }

  explicit NativePoint(const Napi::CallbackInfo& info) : Napi::ObjectWrap<NativePoint>(info) {
    guarded(info.Env(), [&] {
      auto* parts = static_cast<Parts*>(std::exchange(environmentOf(info.Env()).next, nullptr));
      if (parts == nullptr) throw ArgumentError("Expected a call of at(): it makes the Point.");
      parts_ = std::move(*parts);
      info.This().As<Napi::Object>().TypeTag(&kPointTag);
    });
  }

  const std::shared_ptr<Known>& place(const ObjectiveState& of) const {
    if (parts_.state.get() != &of) throw ArgumentError("Expected a point of this objective but received another's.");
    return place();
  }

 private:
  using Arrays = std::vector<double>;

  const Problem& problem() const { return parts_.state->open(); }

  const std::shared_ptr<Known>& place() const {
    parts_.state->open();
    if (!parts_.isFinite) throw CodedError("ERR_NONFINITE", "This point is not finite: it has an evaluation only.");
    if (!parts_.place) throw CodedError("ERR_DISPOSED", "This point has been dropped.");
    if (parts_.regularizations != parts_.state->regularizations) {
      throw CodedError("ERR_DISPOSED", "This point went when its objective got another regularization.");
    }
    return parts_.place;
  }

  template <typename Answer, typename Work, typename Convert>
  Napi::Value start(Napi::Env env, Work work, Convert convert) {
    const auto& state = parts_.state;
    return handleOf(env, std::make_unique<ObjectiveJob<Answer>>(state, std::move(work), std::move(convert)));
  }

  Napi::Value gradient(const Napi::CallbackInfo& info) {
    return guarded(info.Env(), [&] {
      const auto work = [at = place()](Session& session, Cancel& cancel) { return session.gradient(*at, cancel); };
      return start<Arrays>(info.Env(), work, copiedArray);
    });
  }

  /** step(options, memory) */
  Napi::Value step(const Napi::CallbackInfo& info) {
    return guarded(info.Env(), [&] {
      const StepOptions options = readStepOptions(info[0]);
      const Napi::Value data = isMissing(info[1]) ? info.Env().Undefined() : object(info[1], "memory").Get("data");
      auto memory = std::make_shared<Memory>(readMemory(info[1], data));
      const std::shared_ptr<Known> at = place();
      if (options.solver == Solver::dense) checkAssembly();
      const int64_t n = problem().unknowns();
      const auto work = [at, options, memory, n](Session& session, Cancel& cancel) {
        const Pairs pairs(memory->data, n, memory->rows, memory->first, memory->count);
        return session.step(*at, options, pairs, cancel);
      };
      auto job = std::make_unique<ObjectiveJob<StepResult>>(parts_.state, work, stepObject);
      if (memory->count > 0) job->read(data, "memory.data", memory->rows * 2 * n, &memory->data);
      return handleOf(info.Env(), std::move(job));
    });
  }

  /** { data, first, count } */
  Memory readMemory(const Napi::Value& value, const Napi::Value& data) const {
    Memory memory;
    if (isMissing(value)) return memory;
    const Napi::Object pairs = value.As<Napi::Object>();
    const Napi::Value first = pairs.Get("first"), count = pairs.Get("count");
    const int64_t length = 2 * problem().unknowns();
    const auto numbers = static_cast<int64_t>(float64Array(data, "memory.data").size());
    if (length == 0 || numbers < length) return memory;
    memory.rows = numbers / length;
    memory.first = integer(first, "memory.first", 0, memory.rows - 1);
    memory.count = integer(count, "memory.count", 0, memory.rows);
    if (numbers != memory.rows * length) refuse("rows of s and y", "memory.data", data);
    return memory;
  }

  /** Dense matrices are summed up from the gradients by sample. */
  void checkAssembly() const {
    const Problem& at = problem();
    if (parts_.state->blueprint->programs.perSample != nullptr || at.joint) return;
    throw ArgumentError("Expected a network with a per-sample program: this one has none, so take solver 'krylov'.");
  }

  template <Arrays (Session::*product)(Known&, const Arrays&, const Cancel&)>
  Napi::Value startProduct(const Napi::CallbackInfo& info, const char* name, int64_t length) {
    const std::shared_ptr<Known> at = place();
    const Arrays v = copied(float64Array(info[0], name, length));
    const auto work = [at, v](Session& session, Cancel& cancel) { return (session.*product)(*at, v, cancel); };
    return start<Arrays>(info.Env(), work, copiedArray);
  }

  Napi::Value hessianProduct(const Napi::CallbackInfo& info) {
    return guarded(info.Env(), [&] { return startProduct<&Session::hessianProduct>(info, "v", problem().unknowns()); });
  }

  Napi::Value jacobianProduct(const Napi::CallbackInfo& info) {
    return guarded(info.Env(),
                   [&] { return startProduct<&Session::jacobianProduct>(info, "v", problem().unknowns()); });
  }

  Napi::Value jacobianTransposeProduct(const Napi::CallbackInfo& info) {
    return guarded(info.Env(), [&] {
      const int64_t length = (problem().samples.count + problem().basis()) * problem().targets;
      return startProduct<&Session::jacobianTransposeProduct>(info, "u", length);
    });
  }

  Napi::Value denseHessian(const Napi::CallbackInfo& info) {
    return guarded(info.Env(), [&] {
      const std::shared_ptr<Known> at = place();
      checkAssembly();
      const auto work = [at](Session& session, Cancel& cancel) { return session.denseHessian(*at, cancel); };
      return start<Arrays>(info.Env(), work, copiedArray);
    });
  }

  Napi::Value innerFactor(const Napi::CallbackInfo& info) {
    return guarded(info.Env(), [&] {
      const auto work = [at = place()](Session& session, Cancel& cancel) { return session.innerFactor(*at, cancel); };
      return start<std::optional<InnerFacts>>(info.Env(), work, factorObject);
    });
  }

  Napi::Value W(const Napi::CallbackInfo& info) {
    return guarded(info.Env(), [&] { return copiedArray(info.Env(), place()->point.eliminated.W); });
  }

  Napi::Value residual(const Napi::CallbackInfo& info) {
    return guarded(info.Env(), [&] { return copiedArray(info.Env(), place()->point.eliminated.R); });
  }

  Napi::Value features(const Napi::CallbackInfo& info) {
    return guarded(info.Env(), [&] { return copiedArray(info.Env(), place()->point.network.Z); });
  }

  void drop(const Napi::CallbackInfo&) { parts_.place.reset(); }

  Parts parts_;
};

}  // namespace

Napi::Value newPoint(Napi::Env env, const std::shared_ptr<ObjectiveState>& state, const std::vector<double>& x,
                     const Session::Arrival& arrival) {
  const Napi::Value evaluation = evaluationObject(env, arrival.evaluation);
  const Napi::Value at = copiedArray(env, x);
  Parts parts{state, arrival.place, arrival.evaluation.finite, state->regularizations};
  Environment& environment = environmentOf(env);
  Napi::Object point = newAround(environment, environment.point, &parts);
  point.Set("x", at);
  point.Set("evaluation", evaluation);
  return point;
}

std::shared_ptr<Known> knownOf(const Napi::Value& value, const ObjectiveState& state) {
  if (!value.IsObject() || !value.As<Napi::Object>().CheckTypeTag(&kPointTag)) refuse("a Point", "start", value);
  return NativePoint::Unwrap(value.As<Napi::Object>())->place(state);
}

void exportPoint(Napi::Env env, Napi::Object exports) {
  const Napi::Function point = NativePoint::define(env);
  environmentOf(env).point = Napi::Persistent(point);
  exports.Set("Point", point);
}

}  // namespace gnvpro::binding
