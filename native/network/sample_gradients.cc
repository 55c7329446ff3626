#include "network/sample_gradients.h"

#include <algorithm>
#include <type_traits>
#include <variant>

namespace gnvpro {

/** What one thread needs to run the program. */
struct SampleGradients::Runner {
  std::unique_ptr<Executor<double>> executor;
  Bindings<double> bindings;
  std::vector<double> cotangent;  // capacity × w
  int64_t feature = 0;            // its column that is not zero
};

namespace {

/** The value behind a sample output. */
int32_t valueOf(const Program& program, size_t output) {
  for (const Output& candidate : program.outputs) {
    if (!candidate.vector && candidate.index == static_cast<int32_t>(output)) return candidate.value;
  }
  return -1;
}

bool areConsecutive(const int32_t* weights, int64_t count) {
  for (int64_t i = 1; i < count; ++i) {
    if (weights[i] != weights[0] + i) return false;
  }
  return true;
}

}  // namespace

SampleGradientGroups::SampleGradientGroups(const SampleGradientLayout& layout, const Program& program)
    : rows(layout.columns) {
  for (size_t k = 0; k < layout.blocks.size(); ++k) {
    const KroneckerBlock& block = layout.blocks[k];
    const int32_t value = valueOf(program, layout.outputOf(k));
    auto group = std::find_if(factors.begin(), factors.end(),
                              [&](const FactorGroup& other) { return valueOf(program, other.output) == value; });
    if (group == factors.end()) group = factors.insert(group, {layout.outputOf(k), block.units, {}});
    for (int64_t i = 0; i < block.inputs; ++i)
      group->inputs.push_back({block.array, i, block.offset + i * block.units});
  }
  takeBiases(layout, program);
}

/** A bias is a weight whose input is 1: its gradient, a part of the gradients side by side, is the factor itself. */
void SampleGradientGroups::takeBiases(const SampleGradientLayout& layout, const Program& program) {
  if (layout.columns.empty()) return;
  const int32_t gradients = valueOf(program, 0);
  const Instruction& instruction = program.instructions[gradients];
  const bool parts = instruction.operation == &operation::concat;
  int64_t first = 0;
  for (const int32_t part : parts ? instruction.operands : std::vector<int32_t>{gradients}) {
    const int64_t cols = program.values[part].cols;
    const auto group = std::find_if(factors.begin(), factors.end(),
                                    [&](const FactorGroup& g) { return valueOf(program, g.output) == part; });
    if (group != factors.end() && areConsecutive(rows.data() + first, cols)) {
      group->inputs.push_back({kOnes, 0, rows[first]});
      std::fill_n(rows.begin() + first, cols, -1);
    }
    first += cols;
  }
}

bool SampleGradientGroups::hasRows() const {
  return std::any_of(rows.begin(), rows.end(), [](int32_t weight) { return weight >= 0; });
}

SampleGradients::SampleGradients(const Problem& problem, const Program& program, const Program* residuals,
                                 int64_t capacity, Pool& pool)
    : problem_(problem), program_(program), chunkResiduals_(residuals) {
  if (residuals != nullptr) {
    if (problem.isSingle()) ofChunk_.residuals.emplace<Residuals<float>>();
    std::visit(
        [&](auto& outputs) {
          for (const int32_t cols : residuals->sampleOutputColumns) outputs.emplace_back(capacity * cols);
        },
        ofChunk_.residuals);
    ofChunk_.fixedResiduals.resize(residuals->vectorOutputLengths[0]);
  }
  for (int i = 0; i < pool.threads(); ++i) {
    auto& runner = *runners_.emplace_back(std::make_unique<Runner>());
    runner.cotangent.resize(capacity * problem.features);
    runner.bindings.sampleOutputs.resize(program.sampleOutputColumns.size());
  }
  for (int32_t cols : program.sampleOutputColumns) outputs_.emplace_back(problem.features * capacity * cols);
}

SampleGradients::~SampleGradients() = default;

void SampleGradients::setChunk(const NetworkPoint& point, const Chunk& chunk, const Cancel& cancel) {
  if (!tiling_ || tiling_->samples().count != chunk.rows) {
    for (auto& runner : runners_) runner->executor.reset();  // they refer to the tiling
    tiling_ = std::make_unique<Tiling>(Samples::all(chunk.rows), program_.columnsInFlight(), 1);
  }
  chunk_ = chunk;
  inputs_.clear();
  std::visit([&](const auto& Y) { read(Y.rows(chunk.begin, chunk.rows, problem_.inputs, 0), point, cancel); },
             problem_.Y);
  const NetworkPoint& stored = chunkResiduals_ == nullptr ? point : ofChunk_;
  for (auto& runner : runners_) {
    if (!runner->executor) runner->executor = std::make_unique<Executor<double>>(program_, *tiling_, alone_);
    Bindings<double>& bindings = runner->bindings;
    bindings.sampleInputs.assign(inputs_.begin(), inputs_.end());
    bindings.sampleInputs.push_back(runner->cotangent.data());
    bindings.vectorInputs = {point.theta.data(), stored.fixedResiduals.data()};
  }
}

/** What the program reads of the chunk: its rows of Y, and the residuals, which are the point's or computed. */
template <typename T>
void SampleGradients::read(const T* Y, const NetworkPoint& point, const Cancel& cancel) {
  addInput(Y);
  if (!point.Z.empty()) Z_ = point.Z.data() + chunk_.begin * problem_.features;
  if (chunkResiduals_ == nullptr) {
    for (const auto& residual : std::get<Residuals<T>>(point.residuals)) {
      addInput(residual.data() + chunk_.begin * inputColumns()[inputs_.size()]);
    }
  } else {
    const Residuals<T>& computed = residualsOf(Y, point, cancel);
    for (size_t i = 1; i < computed.size(); ++i) addInput(computed[i].data());
    if (point.Z.empty()) takeFeatures(computed[0].data());
  }
}

/** In the numbers of the network, so that they are those that points would store. */
template <typename T>
const Residuals<T>& SampleGradients::residualsOf(const T* Y, const NetworkPoint& point, const Cancel& cancel) {
  auto& outputs = std::get<Residuals<T>>(ofChunk_.residuals);
  Bindings<T> bindings{{Y}, {point.theta.data()}, {}, {ofChunk_.fixedResiduals.data()}};
  for (auto& output : outputs) bindings.sampleOutputs.push_back(output.data());
  Executor<T>(*chunkResiduals_, *tiling_, alone_).run(bindings, nullptr, nullptr, &cancel);
  return outputs;
}

template <typename T>
void SampleGradients::takeFeatures(const T* rows) {
  if constexpr (std::is_same_v<T, double>) {
    Z_ = rows;
  } else {
    widenedZ_.assign(rows, rows + chunk_.rows * problem_.features);
    Z_ = widenedZ_.data();
  }
}

/** The chunk's rows of the next array that the program reads. */
template <typename T>
void SampleGradients::addInput(const T* rows) {
  if constexpr (std::is_same_v<T, double>) {
    inputs_.push_back(rows);
  } else {
    const size_t i = inputs_.size();
    if (widened_.size() == i) widened_.emplace_back();
    widened_[i].assign(rows, rows + chunk_.rows * inputColumns()[i]);
    inputs_.push_back(widened_[i].data());
  }
}

void SampleGradients::compute(int64_t feature, int worker, const Cancel& cancel) {
  Runner& runner = *runners_[worker];
  const int64_t w = problem_.features;
  double* cotangent = runner.cotangent.data();
  // Zero in all rows: the last chunk may have had more of them.
  for (size_t i = runner.feature; i < runner.cotangent.size(); i += w) cotangent[i] = 0;
  for (int64_t n = 0; n < chunk_.rows; ++n) cotangent[n * w + feature] = 1;
  runner.feature = feature;
  for (size_t i = 0; i < outputs_.size(); ++i) runner.bindings.sampleOutputs[i] = output(i, feature);
  runner.executor->run(runner.bindings, nullptr, nullptr, &cancel);
}

double* SampleGradients::output(size_t index, int64_t feature) {
  return outputs_[index].data() + feature * chunk_.rows * program_.sampleOutputColumns[index];
}

int64_t SampleGradients::memoryBytes() const {
  size_t elements = 0;
  for (const auto& output : outputs_) elements += output.size();
  for (const auto& runner : runners_) elements += runner->cotangent.size();
  for (const auto& array : widened_) elements += array.size();
  return static_cast<int64_t>(elements * sizeof(double)) + ofChunk_.memoryBytes();
}

}  // namespace gnvpro
