#include "binding/point.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <optional>
#include <span>
#include <utility>
#include <vector>

#include "binding/arguments.h"
#include "binding/environment.h"
#include "binding/exports.h"
#include "binding/values.h"

namespace gnvpro::binding {
namespace {

constexpr napi_type_tag kPointTag = {0x71c3d08e5a9246bf, 0xa4f2e6b81d0793c5};

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
  return newObject(env, Field{"iterations", inner.iterations}, Field{"krylovIterations", inner.krylovIterations},
                   Field{"gradientNorm", inner.gradientNorm}, Field{"seconds", inner.seconds},
                   Field{"status", nameOf(inner.status)});
}

Napi::Value evaluationObject(Napi::Env env, const Evaluation& evaluation) {
  return newObject(env, Field{"objective", evaluation.objective}, Field{"loss", evaluation.loss},
                   Field{"regularizationTheta", evaluation.regularizationTheta},
                   Field{"regularizationW", evaluation.regularizationW}, Field{"rank", evaluation.rank},
                   Field{"finite", evaluation.finite}, Field{"inner", innerObject(env, evaluation)});
}

Napi::Value stepObject(Napi::Env env, const StepResult& result) {
  const TrustRegionStep& step = result.step;
  return newObject(env, Field{"step", step.s}, Field{"stepNorm", step.norm},
                   Field{"predictedReduction", step.reduction}, Field{"radius", step.radius},
                   Field{"onBoundary", step.onBoundary}, Field{"multiplier", step.multiplier},
                   Field{"vectors", result.vectors}, Field{"relativeResidual", result.relativeResidual},
                   Field{"products", result.products}, Field{"factorizations", step.factorizations});
}

Napi::Value factorObject(Napi::Env env, const std::optional<InnerFacts>& factor) {
  if (!factor) return env.Null();
  return newObject(env, Field{"inverse", factor->inverse}, Field{"leverages", factor->leverages},
                   Field{"logDeterminant", factor->logDeterminant});
}

Napi::Value laplaceObject(Napi::Env env, const std::optional<LaplaceFacts>& facts) {
  if (!facts) return env.Null();
  return newObject(env, Field{"diagonal", facts->diagonal}, Field{"inverseDiagonal", facts->inverseDiagonal},
                   Field{"logDeterminant", facts->logDeterminant}, Field{"slope", facts->slope},
                   Field{"innerTrace", facts->inner.trace}, Field{"innerLogDeterminant", facts->inner.logDeterminant});
}

Napi::Value innerLaplaceObject(Napi::Env env, const InnerLaplace& inner) {
  return newObject(env, Field{"innerTrace", inner.trace}, Field{"innerLogDeterminant", inner.logDeterminant});
}

Napi::Value posteriorObject(Napi::Env env, const std::optional<PosteriorRoots>& roots) {
  if (!roots) return env.Null();
  return newObject(env, Field{"theta", roots->theta}, Field{"changesOfW", roots->changesOfW}, Field{"W", roots->W});
}

Napi::Value rootOrNull(Napi::Env env, const std::vector<double>& root) {
  return root.empty() ? env.Null() : copiedArray(env, root);
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
  int64_t rows = 0, first = 0, count = 0;
};

class NativePoint : public Wrapped<NativePoint> {
 public:
  using Self = NativePoint;

  static Napi::Function define(Napi::Env env) {
    return DefineClass(
        env, "Point",
        {method<&Self::gradient>("gradient"), method<&Self::step>("step"),
         method<&Self::hessianProduct>("hessianProduct"), method<&Self::jacobianProduct>("jacobianProduct"),
         method<&Self::jacobianTransposeProduct>("jacobianTransposeProduct"),
         method<&Self::denseHessian>("denseHessian"), method<&Self::innerFactor>("innerFactor"),
         method<&Self::changeOfW>("changeOfW"), method<&Self::innerLaplace>("innerLaplace"),
         method<&Self::innerRoot>("innerRoot"), method<&Self::laplace>("laplace"),
         method<&Self::posterior>("posterior"), method<&Self::W>("W"), method<&Self::keepRows>("keepRows"),
         method<&Self::residual>("residual"), method<&Self::features>("features"), method<&Self::drop>("drop")});
  }

  explicit NativePoint(const Napi::CallbackInfo& info) : Wrapped(info) {
    guarded(info.Env(), [&] {
      auto* next = static_cast<std::shared_ptr<PointState>*>(std::exchange(environmentOf(info.Env()).next, nullptr));
      if (next == nullptr) throw ArgumentError("Expected a call of at(): it makes the Point.");
      state_ = std::move(*next);
      info.This().As<Napi::Object>().TypeTag(&kPointTag);
    });
  }

  const std::shared_ptr<PointState>& state() const { return state_; }

 private:
  using Array = std::vector<double>;

  const Problem& problem() const { return state_->owner->open(); }

  const std::shared_ptr<KnownPoint>& point() const { return state_->live(); }

  /** A job that asks the objective for something at this point: `ask(objective, point, cancel)`. */
  template <typename Ask, typename Convert>
  Napi::Value asked(Napi::Env env, Ask ask, Convert convert) {
    auto work = [point = point(), ask = std::move(ask)](Objective& objective, const Readings&, Cancel& cancel) {
      return ask(objective, *point, cancel);
    };
    return handleOf(env, newObjectiveJob(state_->owner, state_, std::move(work), convert));
  }

  Napi::Value gradient(const Napi::CallbackInfo& info) {
    // It stays at the point.
    const auto ask = [](Objective& objective, KnownPoint& point, Cancel& cancel) -> std::span<const double> {
      return objective.gradient(point, cancel);
    };
    return asked(info.Env(), ask, copiedArray);
  }

  /** step(options, memory) */
  Napi::Value step(const Napi::CallbackInfo& info) {
    const StepOptions options = readStepOptions(info[0]);
    const Napi::Value data = isMissing(info[1]) ? info.Env().Undefined() : object(info[1], "memory").Get("data");
    const Memory memory = readMemory(info[1], data);
    const std::shared_ptr<KnownPoint> at = point();
    if (options.solver == Solver::dense) checkAssembly();
    const int64_t n = problem().unknowns();
    const auto work = [at, options, memory, n](Objective& objective, const Readings& read, Cancel& cancel) {
      const Pairs pairs(read.empty() ? nullptr : read[0], n, memory.rows, memory.first, memory.count);
      return objective.step(*at, options, pairs, cancel);
    };
    auto job = newObjectiveJob(state_->owner, state_, work, stepObject);
    if (memory.count > 0) job->read(data, "memory.data", memory.rows * 2 * n);
    return handleOf(info.Env(), std::move(job));
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
    if (state_->owner->blueprint->programs.perSample != nullptr || at.joint || at.weights == 0) return;
    throw ArgumentError("Expected a network with a per-sample program: this one has none, so take solver 'krylov'.");
  }

  template <Array (Objective::*product)(KnownPoint&, const Array&, const Cancel&)>
  Napi::Value askedProduct(const Napi::CallbackInfo& info, const char* name, int64_t length) {
    const auto ask = [v = copied(float64Array(info[0], name, length))](Objective& objective, KnownPoint& point,
                                                                       Cancel& cancel) {
      return (objective.*product)(point, v, cancel);
    };
    return asked(info.Env(), ask, copiedArray);
  }

  Napi::Value hessianProduct(const Napi::CallbackInfo& info) {
    return askedProduct<&Objective::hessianProduct>(info, "v", problem().unknowns());
  }

  Napi::Value jacobianProduct(const Napi::CallbackInfo& info) {
    return askedProduct<&Objective::jacobianProduct>(info, "v", problem().unknowns());
  }

  Napi::Value jacobianTransposeProduct(const Napi::CallbackInfo& info) {
    const int64_t length = (problem().samples.count + problem().basis()) * problem().targets;
    return askedProduct<&Objective::jacobianTransposeProduct>(info, "u", length);
  }

  Napi::Value denseHessian(const Napi::CallbackInfo& info) {
    point();
    checkAssembly();
    return asked(info.Env(), std::mem_fn(&Objective::denseHessian), copiedArray);
  }

  Napi::Value innerFactor(const Napi::CallbackInfo& info) {
    return asked(info.Env(), std::mem_fn(&Objective::innerFactor), factorObject);
  }

  void checkProjected() const {
    point();
    if (problem().joint) throw ArgumentError("Expected an objective with W projected out.");
  }

  Napi::Value changeOfW(const Napi::CallbackInfo& info) {
    checkProjected();
    return askedProduct<&Objective::changeOfW>(info, "v", problem().weights);
  }

  Napi::Value innerLaplace(const Napi::CallbackInfo& info) {
    checkProjected();
    return asked(info.Env(), std::mem_fn(&Objective::innerLaplace), innerLaplaceObject);
  }

  Napi::Value innerRoot(const Napi::CallbackInfo& info) {
    checkProjected();
    return asked(info.Env(), std::mem_fn(&Objective::innerRoot), rootOrNull);
  }

  void checkLaplace() const {
    point();
    checkAssembly();
    if (!problem().isLinear()) throw ArgumentError("Expected least squares with W projected out for Laplace's method.");
  }

  Napi::Value laplace(const Napi::CallbackInfo& info) {
    checkLaplace();
    return asked(info.Env(), std::mem_fn(&Objective::laplace), laplaceObject);
  }

  Napi::Value posterior(const Napi::CallbackInfo& info) {
    checkLaplace();
    std::vector<double> noise = copied(float64Array(info[0], "noise", problem().targets));
    if (!std::all_of(noise.begin(), noise.end(), [](double s) { return s > 0 && std::isfinite(s); }))
      throw ArgumentError("Expected positive numbers for noise.");
    const auto ask = [noise = std::move(noise)](Objective& objective, KnownPoint& point, Cancel& cancel) {
      return objective.posterior(point, noise, cancel);
    };
    return asked(info.Env(), ask, posteriorObject);
  }

  Napi::Value W(const Napi::CallbackInfo& info) { return copiedArray(info.Env(), point()->eliminated.W); }

  Napi::Value keepRows(const Napi::CallbackInfo& info) {
    const auto ask = [](Objective& objective, KnownPoint& point, Cancel& cancel) {
      objective.keepRows(point, cancel);
      return nullptr;
    };
    return asked(info.Env(), ask, [](Napi::Env env, std::nullptr_t) { return env.Undefined(); });
  }

  /** Those of a point that keeps its rows. */
  Napi::Value rows(const Napi::CallbackInfo& info, const Array& kept) {
    if (kept.empty()) {
      throw ArgumentError(
          "Expected a point that keeps its rows: where derivatives are recomputed, keepRows() comes first.");
    }
    return copiedArray(info.Env(), kept);
  }

  Napi::Value residual(const Napi::CallbackInfo& info) { return rows(info, point()->eliminated.R); }

  Napi::Value features(const Napi::CallbackInfo& info) { return rows(info, point()->network.Z); }

  void drop(const Napi::CallbackInfo&) { state_->known.reset(); }

  std::shared_ptr<PointState> state_;
};

}  // namespace

Napi::Value newPoint(Napi::Env env, const std::shared_ptr<ObjectiveState>& state, const Napi::Float64Array& x,
                     const Objective::Arrival& arrival) {
  const Napi::Value evaluation = evaluationObject(env, arrival.evaluation);
  auto found =
      std::make_shared<PointState>(PointState{state, arrival.point, arrival.evaluation.finite, state->regularizations});
  Environment& environment = environmentOf(env);
  Napi::Object point = newAround(environment, environment.point, &found);
  point.Set("x", x);
  point.Set("evaluation", evaluation);
  return point;
}

std::shared_ptr<const PointState> pointOf(const Napi::Value& value, const ObjectiveState& objective) {
  if (!value.IsObject() || !value.As<Napi::Object>().CheckTypeTag(&kPointTag)) refuse("a Point", "start", value);
  const std::shared_ptr<PointState>& point = NativePoint::Unwrap(value.As<Napi::Object>())->state();
  if (point->owner.get() != &objective) {
    throw ArgumentError("Expected a point of this objective but received another's.");
  }
  return point;
}

void exportPoint(Napi::Env env, Napi::Object exports) {
  const Napi::Function point = NativePoint::define(env);
  environmentOf(env).point = Napi::Persistent(point);
  exports.Set("Point", point);
}

}  // namespace gnvpro::binding
