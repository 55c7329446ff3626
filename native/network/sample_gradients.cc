#include "network/sample_gradients.h"

#include <algorithm>

namespace gnvpro {

/** What one thread needs to run the program. */
struct SampleGradients::Runner {
  std::unique_ptr<Executor> executor;
  Bindings bindings;
  std::vector<Element> cotangent;  // capacity × w
  int64_t feature = 0;             // its column that is not zero
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
    ofChunk_.Z.resize(capacity * problem.features);
    for (size_t i = 1; i < residuals->sampleOutputColumns.size(); ++i) {
      ofChunk_.residuals.emplace_back(capacity * residuals->sampleOutputColumns[i]);
    }
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
  inputs_ = {problem_.Y.rows(chunk.begin, chunk.rows, problem_.inputs, 0)};
  const NetworkPoint& stored = residualsOf(point, cancel);
  const int64_t first = chunkResiduals_ == nullptr ? chunk.begin : 0;
  for (size_t i = 0; i < stored.residuals.size(); ++i) {
    inputs_.push_back(stored.residuals[i].data() + first * inputColumns()[i + 1]);
  }
  for (auto& runner : runners_) {
    if (!runner->executor) runner->executor = std::make_unique<Executor>(program_, *tiling_, alone_);
    Bindings& bindings = runner->bindings;
    bindings.sampleInputs.assign(inputs_.begin(), inputs_.end());
    bindings.sampleInputs.push_back(runner->cotangent.data());
    bindings.vectorInputs = {point.theta.data(), stored.fixedResiduals.data()};
  }
}

/** The point's own, or those of the chunk, which are computed. */
const NetworkPoint& SampleGradients::residualsOf(const NetworkPoint& point, const Cancel& cancel) {
  if (chunkResiduals_ == nullptr) return point;
  Bindings bindings{{inputs_[0]}, {point.theta.data()}, {ofChunk_.Z.data()}, {ofChunk_.fixedResiduals.data()}};
  for (auto& residual : ofChunk_.residuals) bindings.sampleOutputs.push_back(residual.data());
  Executor(*chunkResiduals_, *tiling_, alone_).run(bindings, nullptr, nullptr, &cancel);
  return ofChunk_;
}

void SampleGradients::compute(int64_t feature, int worker, const Cancel& cancel) {
  Runner& runner = *runners_[worker];
  const int64_t w = problem_.features;
  Element* cotangent = runner.cotangent.data();
  // Zero in all rows: the last chunk may have had more of them.
  for (size_t i = runner.feature; i < runner.cotangent.size(); i += w) cotangent[i] = 0;
  for (int64_t n = 0; n < chunk_.rows; ++n) cotangent[n * w + feature] = 1;
  runner.feature = feature;
  for (size_t i = 0; i < outputs_.size(); ++i) runner.bindings.sampleOutputs[i] = output(i, feature);
  runner.executor->run(runner.bindings, nullptr, nullptr, &cancel);
}

Element* SampleGradients::output(size_t index, int64_t feature) {
  return outputs_[index].data() + feature * chunk_.rows * program_.sampleOutputColumns[index];
}

int64_t SampleGradients::memoryBytes() const {
  size_t elements = 0;
  for (const auto& output : outputs_) elements += output.size();
  for (const auto& runner : runners_) elements += runner->cotangent.size();
  return static_cast<int64_t>(elements * sizeof(Element)) + ofChunk_.memoryBytes();
}

}  // namespace gnvpro
