#include "binding/blueprint.h"

#include <algorithm>
#include <cmath>
#include <string>

#include "binding/arguments.h"
#include "binding/errors.h"
#include "binding/file_rows.h"
#include "binding/program.h"
#include "loss/kernel.h"

namespace gnvpro::binding {
namespace {

constexpr int64_t kMaxColumns = 1 << 24;
constexpr int64_t kMaxInFlight = int64_t{1} << 31;

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

/** Whether a program reads inputs and weights, and gives features and residuals. */
bool isLinearize(const Program& program, int64_t weights) {
  return program.sampleInputColumns.size() == 1 && program.sampleOutputColumns.size() >= 1 &&
         program.vectorOutputLengths.size() == 1 &&
         program.vectorInputLengths == std::vector<int32_t>{static_cast<int32_t>(weights)};
}

/** What programs that read the residuals of `linearize` take: inputs and residuals; weights and fixed residuals. */
struct Arrays {
  explicit Arrays(const Program& linearize)
      : samples(linearize.sampleInputColumns),
        vectors(with(linearize.vectorInputLengths, linearize.vectorOutputLengths[0])) {
    samples.insert(samples.end(), linearize.sampleOutputColumns.begin() + 1, linearize.sampleOutputColumns.end());
  }

  std::vector<int32_t> samples, vectors;
};

void readPerSample(const Napi::Object& config, const Program& linearize, int64_t weights, Programs& programs) {
  programs.perSample = programOf(config.Get("perSample"), "perSample");
  const Arrays arrays(linearize);
  const std::vector<int32_t> samples = with(arrays.samples, linearize.sampleOutputColumns[0]);
  programs.layout = readLayout(config, samples, weights);
  checkPerSample(*programs.perSample, samples, arrays.vectors, programs.layout);
}

Programs readPrograms(const Napi::Object& config, int64_t weights) {
  Programs programs;
  programs.columnsInFlight = integer(config.Get("columnsInFlight"), "columnsInFlight", 1, kMaxInFlight);
  const Napi::Value derivatives = config.Get("derivatives");
  programs.recomputes =
      !isMissing(derivatives) && oneOf<bool>(derivatives, "derivatives", {{"stored", false}, {"recomputed", true}});
  programs.linearize = programOf(config.Get("linearize"), "linearize");
  programs.jvp = programOf(config.Get("jvp"), "jvp");
  programs.vjp = programOf(config.Get("vjp"), "vjp");
  const Program& linearize = *programs.linearize;
  if (!isLinearize(linearize, weights)) {
    throw ArgumentError("Expected linearize to read inputs and weights and to give features and residuals.");
  }
  const int32_t features = linearize.sampleOutputColumns[0];
  if (features == 0) throw ArgumentError("Expected linearize to give at least 1 feature but received 0.");
  const Arrays arrays(linearize);
  expectInterface(*programs.jvp, "jvp", arrays.samples, with(arrays.vectors, weights), {features}, {});
  expectInterface(*programs.vjp, "vjp", with(arrays.samples, features), arrays.vectors, {},
                  {static_cast<int32_t>(weights)});
  if (!isMissing(config.Get("perSample"))) readPerSample(config, linearize, weights, programs);
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

/** Null for none. */
const LossKernel* readLossKernel(const Napi::Value& value) {
  if (isMissing(value)) return nullptr;
  const std::string name = value.IsString() ? value.As<Napi::String>().Utf8Value() : "";
  for (const LossKernel* kernel : lossKernels()) {
    if (name == kernel->name) return kernel;
  }
  refuse("the name of a kernel", "loss.kernel", value);
}

Loss readLoss(const Napi::Value& value, int64_t targets) {
  const Napi::Object config = object(value, "loss");
  Loss loss;
  loss.curvature = oneOf<LossCurvature>(config.Get("curvature"), "loss.curvature",
                                        {{"identity", LossCurvature::identity},
                                         {"diagonal", LossCurvature::diagonal},
                                         {"sumsToZero", LossCurvature::sumsToZero},
                                         {"full", LossCurvature::full}});
  loss.kernel = readLossKernel(config.Get("kernel"));
  if (loss.kernel != nullptr) return loss;
  const auto t = static_cast<int32_t>(targets);
  loss.value = readLossProgram(config.Get("value"), "loss.value", targets, 2, {1, t});
  loss.products = readLossProgram(config.Get("products"), "loss.products", targets, 3, {t});
  return loss;
}

/** Read in place on shared memory, which nobody can detach, else copied. */
template <typename T>
std::span<const T> readData(const Napi::Value& array, const char* name, int64_t length, std::vector<T>& copy,
                            Kept& kept) {
  const std::span<T> data = floats<T>(array, name, length);
  if (isShared(array)) {
    kept.push_back(Napi::Persistent(array.As<Napi::Object>()));
    return data;
  }
  copy = copied(data);
  return copy;
}

/** N × d; a Float32Array asks for a network in single precision. */
void readInputs(const Napi::Value& array, Blueprint& blueprint, Kept& kept) {
  Problem& problem = blueprint.problem;
  const int64_t length = problem.samples.count * problem.inputs;
  if (isFloat32Array(array)) {
    problem.Y =
        SampleArray(readData(array, "inputs", length, blueprint.inputs.emplace<std::vector<float>>(), kept).data());
  } else {
    problem.Y =
        SampleArray(readData(array, "inputs", length, blueprint.inputs.emplace<std::vector<double>>(), kept).data());
  }
}

}  // namespace

void regularize(Blueprint& blueprint, const Napi::Value& alphaW, const Napi::Value& regularizer) {
  Problem& problem = blueprint.problem;
  const double alpha = numberIn(alphaW, "alphaW", 0, 1e300);
  Regularizer theta = readRegularizer(regularizer, problem.weights);
  if (!problem.loss.isClosed() && alpha == 0 && !problem.joint) {
    throw ArgumentError("Expected alphaW above 0 for a convex loss but received 0.");
  }
  problem.alphaW = alpha;
  problem.regularizer = std::move(theta);
}

std::shared_ptr<Blueprint> readBlueprint(const Napi::Value& value, Kept& kept) {
  const Napi::Object config = object(value, "config");
  const int64_t weights = integer(config.Get("weights"), "weights", 0, kMaxColumns);
  auto blueprint = std::make_shared<Blueprint>();
  blueprint->programs = readPrograms(config, weights);
  const Programs& programs = blueprint->programs;
  Problem& problem = blueprint->problem;
  problem.samples = Samples::all(integer(config.Get("samples"), "samples", 1, kMaxSamples));
  problem.targets = integer(config.Get("targetColumns"), "targetColumns", 1, kMaxColumns);
  problem.inputs = programs.linearize->sampleInputColumns[0];
  problem.features = programs.linearize->sampleOutputColumns[0];
  problem.weights = weights;
  problem.bias = boolean(config.Get("bias"), "bias");
  const Napi::Value objective = config.Get("objective");
  problem.joint = !isMissing(objective) && oneOf<bool>(objective, "objective", {{"reduced", false}, {"joint", true}});
  problem.jacobian = oneOf<Jacobian>(config.Get("jacobian"), "jacobian",
                                     {{"golub-pereyra", Jacobian::golubPereyra}, {"kaufman", Jacobian::kaufman}});
  blueprint->threads = static_cast<int>(integer(config.Get("threads"), "threads", 1, kMaxThreads));
  const Napi::Value inputs = config.Get("inputs"), targets = config.Get("targets"), flag = config.Get("cancelFlag");
  blueprint->cancelFlag = cancelFlag(flag, "cancelFlag");
  if (blueprint->cancelFlag != nullptr) kept.push_back(Napi::Persistent(flag.As<Napi::Object>()));
  problem.loss = readLoss(config.Get("loss"), problem.targets);
  problem.innerTolerance = numberIn(config.Get("innerTolerance"), "innerTolerance", 0, 1);
  regularize(*blueprint, config.Get("alphaW"), config.Get("regularizer"));
  if (isFileRows(inputs)) {
    blueprint->fileInputs =
        readFileRows(inputs, "inputs", problem.samples.count, problem.inputs, blueprint->threads, kept);
    problem.Y = SampleArray<double>(*blueprint->fileInputs);
  }
  if (isFileRows(targets)) {
    blueprint->fileTargets =
        readFileRows(targets, "targets", problem.samples.count, problem.targets, blueprint->threads, kept);
    problem.C = *blueprint->fileTargets;
  }
  // Arrays last: no JavaScript runs between them and their use.
  if (!blueprint->fileInputs) readInputs(inputs, *blueprint, kept);
  if (!blueprint->fileTargets) {
    problem.C = readData(targets, "targets", problem.samples.count * problem.targets, blueprint->targets, kept).data();
  }
  const Napi::Value sampleWeights = config.Get("sampleWeights");
  if (!isMissing(sampleWeights)) {
    problem.sampleWeights =
        readData(sampleWeights, "sampleWeights", problem.samples.count, blueprint->sampleWeights, kept);
    for (const double weight : problem.sampleWeights) {
      if (!(weight >= 0 && std::isfinite(weight))) throw ArgumentError("Expected finite sampleWeights of at least 0.");
    }
  }
  return blueprint;
}

}  // namespace gnvpro::binding
