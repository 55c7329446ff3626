#include "binding/program.h"

#include <string>
#include <utility>
#include <vector>

#include "binding/arguments.h"
#include "binding/arrays.h"
#include "binding/environment.h"
#include "binding/errors.h"
#include "binding/exports.h"
#include "binding/job.h"
#include "kernels/elementwise.h"
#include "parallel/pool.h"
#include "program/executor.h"
#include "program/operation.h"

namespace gnvpro::binding {
namespace {

constexpr napi_type_tag kProgramTag = {0x6f1c2b7e9d3a4c51, 0x8b0e5d7fa2c94e36};

Program decode(const Napi::Value& encoded) {
  const Napi::Object object = binding::object(encoded, "program");
  const Napi::Value code = object.Get("code"), constants = object.Get("constants");
  const std::span<int32_t> words = int32Array(code, "program.code");
  const std::span<double> numbers = float64Array(constants, "program.constants");
  // A copy, since other threads may write to shared memory between the check and the use.
  const std::vector<int32_t> copy(words.begin(), words.end());
  return Program::decode(copy, numbers);
}

/** The elements of a JavaScript array of this length; reading them may run JavaScript. */
std::vector<Napi::Value> elements(const Napi::Value& value, const char* name, size_t length) {
  if (!value.IsArray() || value.As<Napi::Array>().Length() != length) {
    refuse("an array of length " + std::to_string(length), name, value);
  }
  std::vector<Napi::Value> result;
  for (uint32_t i = 0; i < length; ++i) result.push_back(value.As<Napi::Array>().Get(i));
  return result;
}

std::string element(const char* name, size_t i) { return std::string(name) + "[" + std::to_string(i) + "]"; }

/** One run of a program: its results are written straight into the arrays that are returned. */
class ProgramRun : public Job {
 public:
  ProgramRun(std::shared_ptr<const Program> program, int64_t samples, int threads)
      : program_(std::move(program)), samples_(samples), threads_(threads) {}

  void addSampleInput(const double* data) { bindings_.sampleInputs.push_back(data); }
  void addVectorInput(const double* data) { bindings_.vectorInputs.push_back(data); }

  /** A copy that JavaScript cannot detach while the job runs. */
  const double* copied(std::span<const double> array) {
    return copies_.emplace_back(array.begin(), array.end()).data();
  }

  void addOutputs(Napi::Env env) {
    for (int32_t cols : program_->sampleOutputColumns) {
      bindings_.sampleOutputs.push_back(newOutput(env, samples_ * cols, sampleOutputs_));
    }
    for (int32_t length : program_->vectorOutputLengths) {
      bindings_.vectorOutputs.push_back(newOutput(env, length, vectorOutputs_));
    }
  }

  void execute(Cancel& cancel) override {
    Pool pool(threads_);
    const Tiling tiling(Samples::all(samples_), program_->columnsInFlight(), pool.threads());
    Executor(*program_, tiling, pool).run(bindings_, nullptr, nullptr, &cancel);
  }

  Napi::Value result(Napi::Env env) override {
    Napi::Object answer = Napi::Object::New(env);
    answer.Set("samples", listOf(env, sampleOutputs_));
    answer.Set("vectors", listOf(env, vectorOutputs_));
    return answer;
  }

 private:
  using Outputs = std::vector<Napi::Reference<Napi::Float64Array>>;

  static double* newOutput(Napi::Env env, int64_t length, Outputs& outputs) {
    Napi::Float64Array array = newFloat64Array(env, length);
    outputs.push_back(Napi::Persistent(array));
    return array.Data();
  }

  static Napi::Array listOf(Napi::Env env, const Outputs& outputs) {
    const Napi::Array list = Napi::Array::New(env, outputs.size());
    for (uint32_t i = 0; i < outputs.size(); ++i) list.Set(i, outputs[i].Value());
    return list;
  }

  std::shared_ptr<const Program> program_;
  int64_t samples_;
  int threads_;
  Bindings bindings_;
  std::vector<std::vector<double>> copies_;
  Outputs sampleOutputs_, vectorOutputs_;
};

class NativeProgram : public Napi::ObjectWrap<NativeProgram>, public Allocated {
 public:
  static Napi::Function define(Napi::Env env) {
    return DefineClass(
        env, "Program",
        {InstanceMethod<&NativeProgram::runSync>("runSync"), InstanceMethod<&NativeProgram::run>("run")});
  }

  explicit NativeProgram(const Napi::CallbackInfo& info) : Napi::ObjectWrap<NativeProgram>(info) {
    guarded(info.Env(), [&] {
      program_ = std::make_shared<const Program>(decode(info[0]));
      info.This().As<Napi::Object>().TypeTag(&kProgramTag);
    });
  }

  std::shared_ptr<const Program> program() const { return program_; }

 private:
  /** run(samples, sampleInputs, vectorInputs, threads) */
  std::unique_ptr<ProgramRun> newRun(const Napi::CallbackInfo& info, bool copy) const {
    const int64_t samples = integer(info[0], "samples", 0, kMaxSamples);
    const int64_t threads = integer(info[3], "threads", 1, kMaxThreads);
    const auto sampleInputs = elements(info[1], "sampleInputs", program_->sampleInputColumns.size());
    const auto vectorInputs = elements(info[2], "vectorInputs", program_->vectorInputLengths.size());
    auto job = std::make_unique<ProgramRun>(program_, samples, static_cast<int>(threads));
    for (size_t i = 0; i < sampleInputs.size(); ++i) {
      const int64_t length = samples * program_->sampleInputColumns[i];
      const std::span<double> array = float64Array(sampleInputs[i], element("sampleInputs", i), length);
      job->addSampleInput(copy ? job->copied(array) : array.data());
    }
    for (size_t i = 0; i < vectorInputs.size(); ++i) {
      const int64_t length = program_->vectorInputLengths[i];
      const std::span<double> array = float64Array(vectorInputs[i], element("vectorInputs", i), length);
      job->addVectorInput(copy ? job->copied(array) : array.data());
    }
    job->addOutputs(info.Env());  // last: samples is a size that the inputs have shown to be real
    return job;
  }

  Napi::Value runSync(const Napi::CallbackInfo& info) {
    const Napi::Env env = info.Env();
    return guarded(env, [&] { return binding::runSync(env, newRun(info, false), env.Undefined()); });
  }

  Napi::Value run(const Napi::CallbackInfo& info) {
    const Napi::Env env = info.Env();
    return guarded(env, [&] { return runAsync(env, newRun(info, true), env.Undefined()); });
  }

  std::shared_ptr<const Program> program_;
};

/** The tables of the addon, for the test that compares them with those of TypeScript. */
Napi::Value instructionSet(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  Napi::Object set = Napi::Object::New(env);
  Napi::Array operationList = Napi::Array::New(env), functionList = Napi::Array::New(env);
  set.Set("operations", operationList);
  set.Set("functions", functionList);
  for (const Operation* operation : operations()) {
    Napi::Object entry = Napi::Object::New(env);
    entry.Set("name", operation->name);
    entry.Set("operands", operation->operands);
    entry.Set("attributes", operation->attributes);
    entry.Set("inPlace", operation->inPlace);
    entry.Set("computes", operation->source == Source::computed);
    operationList.Set(operationList.Length(), entry);
  }
  for (const UnaryFunction& function : kUnaryFunctions) {
    Napi::Object entry = Napi::Object::New(env);
    entry.Set("name", function.name);
    entry.Set("parameter", function.parameter);
    functionList.Set(functionList.Length(), entry);
  }
  return set;
}

}  // namespace

std::shared_ptr<const Program> programOf(const Napi::Value& value, std::string_view name) {
  if (!value.IsObject() || !value.As<Napi::Object>().CheckTypeTag(&kProgramTag)) {
    refuse("a native Program", name, value);
  }
  return NativeProgram::Unwrap(value.As<Napi::Object>())->program();
}

void exportProgram(Napi::Env env, Napi::Object exports) {
  exports.Set("Program", NativeProgram::define(env));
  exports.Set("instructionSet", newFunction<instructionSet>(env, "instructionSet"));
}

}  // namespace gnvpro::binding
