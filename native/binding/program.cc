#include "binding/program.h"

#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "binding/arguments.h"
#include "binding/environment.h"
#include "binding/errors.h"
#include "binding/exports.h"
#include "binding/external_memory.h"
#include "binding/job.h"
#include "binding/values.h"
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
template <typename T>
class ProgramRun : public Job {
 public:
  ProgramRun(std::shared_ptr<const Program> program, int64_t samples, int threads)
      : program_(std::move(program)), samples_(samples), threads_(threads) {}

  void setInputs(const std::vector<Napi::Value>& samples, const std::vector<Napi::Value>& vectors) {
    for (size_t i = 0; i < samples.size(); ++i) {
      const int64_t length = samples_ * program_->sampleInputColumns[i];
      if constexpr (std::is_same_v<T, double>) {
        read(samples[i], element("sampleInputs", i), length);
      } else {
        readFloats(samples[i], element("sampleInputs", i), length);
      }
    }
    for (size_t i = 0; i < vectors.size(); ++i) {
      read(vectors[i], element("vectorInputs", i), program_->vectorInputLengths[i]);
    }
  }

  void begin(Napi::Env env, bool isAsync) override {
    for (int32_t cols : program_->sampleOutputColumns) {
      bindings_.sampleOutputs.push_back(newOutput(env, samples_ * cols, sampleOutputs_));
    }
    for (int32_t length : program_->vectorOutputLengths) {
      bindings_.vectorOutputs.push_back(newOutput(env, length, vectorOutputs_));
    }
    Job::begin(env, isAsync);
    if constexpr (std::is_same_v<T, double>) {
      const auto vectors = readings().begin() + program_->sampleInputColumns.size();
      bindings_.sampleInputs.assign(readings().begin(), vectors);
      bindings_.vectorInputs.assign(vectors, readings().end());
    } else {
      const auto& arrays = floatReadings();
      bindings_.sampleInputs.assign(arrays.begin(), arrays.end());
      bindings_.vectorInputs = readings();
    }
  }

  void execute(Cancel& cancel) override {
    Pool pool(threads_);
    const Tiling tiling(Samples::all(samples_), program_->columnsInFlight(), pool.threads());
    Executor<T>(*program_, tiling, pool).run(bindings_, nullptr, nullptr, &cancel);
  }

  Napi::Value result(Napi::Env env) override {
    return newObject(env, Field{"samples", listOf(env, sampleOutputs_)}, Field{"vectors", listOf(env, vectorOutputs_)});
  }

 private:
  template <typename Number>
  using Outputs = std::vector<Napi::Reference<Napi::TypedArrayOf<Number>>>;

  template <typename Number>
  static Number* newOutput(Napi::Env env, int64_t length, Outputs<Number>& outputs) {
    Napi::TypedArrayOf<Number> array = newArray<Number>(env, length);
    outputs.push_back(Napi::Persistent(array));
    return array.Data();
  }

  template <typename Number>
  static Napi::Array listOf(Napi::Env env, const Outputs<Number>& outputs) {
    const Napi::Array list = Napi::Array::New(env, outputs.size());
    for (uint32_t i = 0; i < outputs.size(); ++i) list.Set(i, outputs[i].Value());
    return list;
  }

  std::shared_ptr<const Program> program_;
  int64_t samples_;
  int threads_;
  Bindings<T> bindings_;
  Outputs<T> sampleOutputs_;
  Outputs<double> vectorOutputs_;
};

class NativeProgram : public Wrapped<NativeProgram> {
 public:
  static Napi::Function define(Napi::Env env) {
    return DefineClass(env, "Program",
                       {method<&NativeProgram::run<double>>("run"), method<&NativeProgram::run<float>>("runSingle")});
  }

  explicit NativeProgram(const Napi::CallbackInfo& info) : Wrapped(info), memory_(info.Env()) {
    guarded(info.Env(), [&] {
      program_ = std::make_shared<const Program>(decode(info[0]));
      memory_.set(static_cast<int64_t>(program_->constants.size() * sizeof(double)));
      info.This().As<Napi::Object>().TypeTag(&kProgramTag);
    });
  }

  std::shared_ptr<const Program> program() const { return program_; }

 private:
  /** run(samples, sampleInputs, vectorInputs, threads); runSingle takes and gives samples as floats. */
  template <typename T>
  Napi::Value run(const Napi::CallbackInfo& info) {
    const int64_t samples = integer(info[0], "samples", 0, kMaxSamples);
    const int64_t threads = integer(info[3], "threads", 1, kMaxThreads);
    const auto sampleInputs = elements(info[1], "sampleInputs", program_->sampleInputColumns.size());
    const auto vectorInputs = elements(info[2], "vectorInputs", program_->vectorInputLengths.size());
    auto job = std::make_unique<ProgramRun<T>>(program_, samples, static_cast<int>(threads));
    job->setInputs(sampleInputs, vectorInputs);
    return handleOf(info.Env(), std::move(job));
  }

  std::shared_ptr<const Program> program_;
  ExternalMemory memory_;
};

/** The tables of the addon, for the test that compares them with those of TypeScript. */
Napi::Value instructionSet(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  const Napi::Array operationList = Napi::Array::New(env), functionList = Napi::Array::New(env);
  for (const Operation* operation : operations()) {
    operationList.Set(operationList.Length(),
                      newObject(env, Field{"name", operation->name}, Field{"operands", operation->operands},
                                Field{"attributes", operation->attributes}, Field{"inPlace", operation->inPlace},
                                Field{"computes", operation->source == Source::computed}));
  }
  for (const UnaryFunction& function : kUnaryFunctions) {
    functionList.Set(functionList.Length(),
                     newObject(env, Field{"name", function.name}, Field{"parameter", function.parameter}));
  }
  return newObject(env, Field{"operations", operationList}, Field{"functions", functionList});
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
