// Session: the reduced objective on one set of training data, as a JavaScript class.
#include "varpro/session.h"

#include <napi.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "binding/arguments.h"
#include "binding/arrays.h"
#include "binding/environment.h"
#include "binding/errors.h"
#include "binding/exports.h"
#include "binding/job.h"
#include "binding/program.h"

namespace gnvpro::binding {
namespace {

constexpr int64_t kMaxColumns = 1 << 24;
constexpr napi_type_tag kSessionTag = {0x2d94e1c7508b6fa3, 0xb7603f5ce8a1924d};

std::vector<double> copied(std::span<const double> array) { return {array.begin(), array.end()}; }

/** Throws unless a program has these columns and lengths. */
void expectInterface(const Program& program, const char* name, const std::vector<int32_t>& sampleInputs,
                     const std::vector<int32_t>& vectorInputs, const std::vector<int32_t>& sampleOutputs,
                     const std::vector<int32_t>& vectorOutputs) {
  const bool fits = program.sampleInputColumns == sampleInputs && program.vectorInputLengths == vectorInputs &&
                    program.sampleOutputColumns == sampleOutputs && program.vectorOutputLengths == vectorOutputs;
  if (!fits) {
    throw ArgumentError(std::string("Expected programs of one network but the inputs and outputs of ") + name +
                        " do not match those of linearize.");
  }
}

std::vector<int32_t> with(std::vector<int32_t> list, int64_t last) {
  list.push_back(static_cast<int32_t>(last));
  return list;
}

KroneckerBlock readBlock(const Napi::Value& value, const std::vector<int32_t>& sampleInputs, int64_t weights) {
  const Napi::Object config = object(value, "kronecker");
  // The last sample input is the cotangent: no block reads it.
  const int64_t array =
      integer(config.Get("array"), "kronecker.array", 0, static_cast<int64_t>(sampleInputs.size()) - 2);
  const int64_t inputs = integer(config.Get("inputs"), "kronecker.inputs", sampleInputs[array], sampleInputs[array]);
  const int64_t units = integer(config.Get("units"), "kronecker.units", 1, weights);
  const int64_t offset = integer(config.Get("offset"), "kronecker.offset", 0, weights);
  if (inputs < 1 || units > (weights - offset) / inputs) {
    throw ArgumentError("Expected every Kronecker block inside the weights.");
  }
  return {array, offset, inputs, units};
}

void checkEveryWeightOnce(const SampleGradientLayout& layout, int64_t weights) {
  std::vector<char> seen(weights, 0);
  bool once = true;
  const auto visit = [&](int64_t weight) { once = once && weight >= 0 && weight < weights && !seen[weight]++; };
  for (const int32_t weight : layout.columns) visit(weight);
  for (const KroneckerBlock& block : layout.blocks) {
    for (int64_t i = 0; i < block.inputs * block.units; ++i) visit(block.offset + i);
  }
  if (!once) throw ArgumentError("Expected every weight at most once in kronecker and perSampleColumns.");
}

SampleGradientLayout readLayout(const Napi::Object& config, const std::vector<int32_t>& sampleInputs, int64_t weights) {
  SampleGradientLayout layout;
  const Napi::Value kronecker = config.Get("kronecker");
  if (!kronecker.IsArray()) refuse("an array of blocks", "kronecker", kronecker);
  const uint32_t blocks = kronecker.As<Napi::Array>().Length();
  for (uint32_t i = 0; i < blocks; ++i) {
    layout.blocks.push_back(readBlock(kronecker.As<Napi::Array>().Get(i), sampleInputs, weights));
  }
  const std::span<int32_t> columns = int32Array(config.Get("perSampleColumns"), "perSampleColumns");
  layout.columns.assign(columns.begin(), columns.end());
  checkEveryWeightOnce(layout, weights);
  return layout;
}

void checkPerSample(const Program& program, const std::vector<int32_t>& sampleInputs,
                    const std::vector<int32_t>& vectorInputs, const SampleGradientLayout& layout) {
  std::vector<int32_t> outputs;
  if (!layout.columns.empty()) outputs.push_back(static_cast<int32_t>(layout.columns.size()));
  for (const KroneckerBlock& block : layout.blocks) outputs.push_back(static_cast<int32_t>(block.units));
  expectInterface(program, "perSample", sampleInputs, vectorInputs, outputs, {});
}

Programs readPrograms(const Napi::Object& config, int64_t weights) {
  Programs programs;
  programs.linearize = programOf(config.Get("linearize"), "linearize");
  programs.jvp = programOf(config.Get("jvp"), "jvp");
  programs.vjp = programOf(config.Get("vjp"), "vjp");
  const Program& linearize = *programs.linearize;
  const bool shaped = linearize.sampleInputColumns.size() == 1 && linearize.sampleOutputColumns.size() >= 1 &&
                      linearize.vectorOutputLengths.size() == 1 &&
                      linearize.vectorInputLengths == std::vector<int32_t>{static_cast<int32_t>(weights)};
  if (!shaped) throw ArgumentError("Expected linearize to read inputs and weights and to give features and residuals.");
  const int32_t features = linearize.sampleOutputColumns[0];
  if (features == 0) throw ArgumentError("Expected linearize to give at least 1 feature but received 0.");
  std::vector<int32_t> arrays = linearize.sampleInputColumns;
  arrays.insert(arrays.end(), linearize.sampleOutputColumns.begin() + 1, linearize.sampleOutputColumns.end());
  const std::vector<int32_t> vectors = with(linearize.vectorInputLengths, linearize.vectorOutputLengths[0]);
  expectInterface(*programs.jvp, "jvp", arrays, with(vectors, weights), {features}, {});
  expectInterface(*programs.vjp, "vjp", with(arrays, features), vectors, {}, {static_cast<int32_t>(weights)});
  if (!isMissing(config.Get("perSample"))) {
    programs.perSample = programOf(config.Get("perSample"), "perSample");
    programs.layout = readLayout(config, with(arrays, features), weights);
    checkPerSample(*programs.perSample, with(arrays, features), vectors, programs.layout);
  }
  return programs;
}

Regularizer readRegularizer(const Napi::Value& value, int64_t weights) {
  const Napi::Object config = object(value, "regularizer");
  const Napi::Value rows = config.Get("rowPointers"), columns = config.Get("columns"), values = config.Get("values");
  const Napi::Value reference = config.Get("reference");
  Regularizer regularizer;
  const auto rowPointers = int32Array(rows, "regularizer.rowPointers", weights + 1);
  regularizer.rowPointers.assign(rowPointers.begin(), rowPointers.end());
  const auto indices = int32Array(columns, "regularizer.columns");
  regularizer.columns.assign(indices.begin(), indices.end());
  regularizer.values = copied(float64Array(values, "regularizer.values", static_cast<int64_t>(indices.size())));
  if (!isMissing(reference)) regularizer.reference = copied(float64Array(reference, "regularizer.reference", weights));
  const auto& pointers = regularizer.rowPointers;
  const bool rising = std::is_sorted(pointers.begin(), pointers.end()) && pointers.front() == 0 &&
                      pointers.back() == static_cast<int64_t>(indices.size());
  const bool inside = std::all_of(regularizer.columns.begin(), regularizer.columns.end(),
                                  [&](int32_t column) { return column >= 0 && column < weights; });
  if (!rising || !inside) throw ArgumentError("Expected compressed rows inside P × P for regularizer.");
  return regularizer;
}

/** S, C (and V) → outputs of these columns. */
std::shared_ptr<const Program> readLossProgram(const Napi::Value& value, const char* name, int64_t targets,
                                               size_t inputs, const std::vector<int32_t>& outputs) {
  auto program = programOf(value, name);
  const std::vector<int32_t> arrays(inputs, static_cast<int32_t>(targets));
  const bool fits = program->sampleInputColumns == arrays && program->sampleOutputColumns == outputs &&
                    program->vectorInputLengths.empty() && program->vectorOutputLengths.empty();
  if (!fits) throw ArgumentError(std::string("Expected a program of predictions and targets for ") + name + ".");
  return program;
}

Loss readLoss(const Napi::Value& value, int64_t targets) {
  const Napi::Object config = object(value, "loss");
  Loss loss;
  loss.kind = oneOf<LossKind>(config.Get("kind"), "loss.kind",
                              {{"leastSquares", LossKind::leastSquares},
                               {"softmax", LossKind::softmax},
                               {"logistic", LossKind::logistic},
                               {"traced", LossKind::traced}});
  if (loss.kind != LossKind::traced) return loss;
  const auto t = static_cast<int32_t>(targets);
  loss.value = readLossProgram(config.Get("value"), "loss.value", targets, 2, {1, t});
  loss.curvature = readLossProgram(config.Get("curvature"), "loss.curvature", targets, 3, {t});
  loss.separable = boolean(config.Get("separable"), "loss.separable");
  return loss;
}

/**
 * What a session is made of. The first evaluation makes it, off the JavaScript thread: the first touch of its memory
 * may take as long as the evaluation.
 */
struct Blueprint {
  Problem problem;
  Programs programs;
  int64_t pairs;
  int threads;
  std::vector<double> inputs, targets, sampleWeights;  // copies, where JavaScript could detach its arrays
};

std::shared_ptr<Session> build(const std::shared_ptr<const Blueprint>& blueprint, const Cancel& cancel) {
  return std::make_shared<Session>(std::shared_ptr<const Problem>(blueprint, &blueprint->problem), blueprint->programs,
                                   blueprint->pairs, blueprint->threads, [&] { cancel.poll(); });
}

using Kept = std::vector<Napi::ObjectReference>;

/** Read in place on shared memory, which nobody can detach, else copied. */
std::span<const double> readData(const Napi::Value& array, const char* name, int64_t length, std::vector<double>& copy,
                                 Kept& kept) {
  const std::span<const double> data = float64Array(array, name, length);
  if (isShared(array)) {
    kept.push_back(Napi::Persistent(array.As<Napi::Object>()));
    return data;
  }
  copy = copied(data);
  return copy;
}

std::shared_ptr<const Blueprint> readBlueprint(const Napi::Value& value, Kept& kept) {
  const Napi::Object config = object(value, "config");
  const int64_t weights = integer(config.Get("weights"), "weights", 1, kMaxColumns);
  auto blueprint = std::make_shared<Blueprint>();
  blueprint->programs = readPrograms(config, weights);
  const Programs& programs = blueprint->programs;
  Problem& problem = blueprint->problem;
  problem.samples = integer(config.Get("samples"), "samples", 1, kMaxSamples);
  problem.targets = integer(config.Get("targetColumns"), "targetColumns", 1, kMaxColumns);
  problem.inputs = programs.linearize->sampleInputColumns[0];
  problem.features = programs.linearize->sampleOutputColumns[0];
  problem.weights = weights;
  problem.bias = boolean(config.Get("bias"), "bias");
  problem.alphaW = numberIn(config.Get("alphaW"), "alphaW", 0, 1e300);
  problem.jacobian = oneOf<Jacobian>(config.Get("jacobian"), "jacobian",
                                     {{"golub-pereyra", Jacobian::golubPereyra}, {"kaufman", Jacobian::kaufman}});
  blueprint->pairs = integer(config.Get("pairs"), "pairs", 0, 1 << 16);
  blueprint->threads = static_cast<int>(integer(config.Get("threads"), "threads", 1, kMaxThreads));
  problem.regularizer = readRegularizer(config.Get("regularizer"), weights);
  const Napi::Value inputs = config.Get("inputs"), targets = config.Get("targets");
  problem.loss = readLoss(config.Get("loss"), problem.targets);
  problem.innerTolerance = numberIn(config.Get("innerTolerance"), "innerTolerance", 0, 1);
  if (problem.loss.kind != LossKind::leastSquares && problem.alphaW == 0) {
    throw ArgumentError("Expected alphaW above 0 for a convex loss but received 0.");
  }
  problem.Y = readData(inputs, "inputs", problem.samples * problem.inputs, blueprint->inputs, kept);
  problem.C = readData(targets, "targets", problem.samples * problem.targets, blueprint->targets, kept);
  const Napi::Value sampleWeights = config.Get("sampleWeights");
  if (!isMissing(sampleWeights)) {
    problem.sampleWeights = readData(sampleWeights, "sampleWeights", problem.samples, blueprint->sampleWeights, kept);
    for (const double weight : problem.sampleWeights) {
      if (!(weight >= 0 && std::isfinite(weight))) throw ArgumentError("Expected finite sampleWeights of at least 0.");
    }
  }
  return blueprint;
}

/** What a handle and its running job share. */
struct State {
  std::shared_ptr<const Blueprint> blueprint;  // null after disposal
  std::shared_ptr<Session> session;            // null before the first evaluation
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
                        InstanceMethod<&Self::accept>("accept"),
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
      const Arrays theta = copied(float64Array(info[0], "theta", problem().weights));
      const StartOfW startOfW = readStartOfW(info[2], problem());
      const auto work = [theta, startOfW](Session& session, Cancel& cancel, const Progress&) {
        return session.evaluate(theta, startOfW, cancel);
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
      const Arrays v = copied(float64Array(info[0], "v", problem().weights));
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
      Session& session = atPoint();
      const Arrays v = copied(float64Array(info[0], "v", problem().weights));
      return copiedArray(info.Env(), session.jacobianProduct(v, Cancel()));
    });
  }

  Napi::Value jacobianTransposeProductSync(const Napi::CallbackInfo& info) {
    return guarded(info.Env(), [&] {
      Session& session = atPoint();
      const auto rows = problem().samples + problem().basis();
      const Arrays u = copied(float64Array(info[0], "u", rows * problem().targets));
      return copiedArray(info.Env(), session.jacobianTransposeProduct(u, Cancel()));
    });
  }

  Napi::Value denseHessianSync(const Napi::CallbackInfo& info) {
    return guarded(info.Env(), [&] {
      Session& session = atPoint();
      if (!session.canAssemble()) {
        throw CodedError("ERR_STATE", "Expected a network with a per-sample program: this one has none.");
      }
      return copiedArray(info.Env(), session.denseHessian(Cancel()));
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

  Napi::Value weights(const Napi::CallbackInfo& info) {
    return guarded(info.Env(), [&] { return copiedArray(info.Env(), atPoint().current().theta); });
  }

  Napi::Value W(const Napi::CallbackInfo& info) {
    return guarded(info.Env(), [&] { return copiedArray(info.Env(), atPoint().current().projected->W); });
  }

  Napi::Value trialW(const Napi::CallbackInfo& info) {
    return guarded(info.Env(), [&] {
      const Session* at = session();
      if (at == nullptr || !at->hasTrial()) {
        throw CodedError("ERR_STATE", "Expected a finite trial point: call evaluate() before trialW().");
      }
      return copiedArray(info.Env(), at->trial().projected->W);
    });
  }

  Napi::Value residual(const Napi::CallbackInfo& info) {
    return guarded(info.Env(), [&] { return copiedArray(info.Env(), atPoint().lossGradient()); });
  }

  Napi::Value features(const Napi::CallbackInfo& info) {
    return guarded(info.Env(), [&] { return copiedArray(info.Env(), atPoint().current().Z); });
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
