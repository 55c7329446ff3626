#include "varpro/sample_gradients.h"

#include <algorithm>
#include <numeric>

namespace gnvpro {

SampleGradients::SampleGradients(const Problem& problem, const Program& program, const SampleGradientLayout& layout,
                                 int64_t rows, int64_t cotangents, Pool& pool)
    : problem_(problem), program_(program), pool_(pool), U_(rows * problem.features) {
  // In the order of the program's outputs.
  if (!layout.columns.empty()) {
    parts_.push_back({layout.columns, -1, 1, static_cast<int64_t>(layout.columns.size())});
  }
  for (const KroneckerBlock& block : layout.blocks) {
    std::vector<int32_t> weights(block.inputs * block.units);
    std::iota(weights.begin(), weights.end(), static_cast<int32_t>(block.offset));
    parts_.push_back({std::move(weights), block.array, block.inputs, block.units});
  }
  for (const GradientPart& part : parts_) {
    raw_.emplace_back(rows * part.units);
    factors_.emplace_back(rows * cotangents * part.units);
  }
  inputs_.resize(parts_.size());
}

void SampleGradients::compute(const Point& point, Chunk chunk, const double* cotangents, int64_t count,
                              const Cancel& cancel) {
  chunk_ = chunk;
  count_ = count;
  const int64_t w = problem_.features;
  Bindings bindings{
      {problem_.Y.data() + chunk.begin * problem_.inputs}, {point.theta.data(), point.fixedResiduals.data()}, {}, {}};
  for (size_t i = 0; i < point.residuals.size(); ++i) {
    bindings.sampleInputs.push_back(point.residuals[i].data() + chunk.begin * program_.sampleInputColumns[i + 1]);
  }
  for (size_t part = 0; part < parts_.size(); ++part) {
    bindings.sampleOutputs.push_back(raw_[part].data());
    inputs_[part] = parts_[part].array < 0 ? nullptr : bindings.sampleInputs[parts_[part].array];
  }
  bindings.sampleInputs.push_back(U_.data());
  Executor& executor = engineFor(chunk.rows).executor;
  for (int64_t j = 0; j < count; ++j) {
    for (int64_t n = 0; n < chunk.rows; ++n) std::copy_n(cotangents + j * w, w, U_.data() + n * w);
    executor.run(bindings, nullptr, nullptr, &cancel);
    for (size_t part = 0; part < parts_.size(); ++part) {
      const int64_t k = parts_[part].units;
      double* to = factors_[part].data() + j * k;
      for (int64_t n = 0; n < chunk.rows; ++n) std::copy_n(raw_[part].data() + n * k, k, to + n * count * k);
    }
  }
}

SampleGradients::Engine& SampleGradients::engineFor(int64_t rows) {
  for (const auto& engine : engines_) {
    if (engine->tiling.samples() == rows) return *engine;
  }
  return *engines_.emplace_back(std::make_unique<Engine>(program_, rows, pool_));
}

int64_t SampleGradients::memoryBytes() const {
  size_t doubles = U_.size();
  for (const auto& part : raw_) doubles += part.size();
  for (const auto& part : factors_) doubles += part.size();
  int64_t bytes = 8 * static_cast<int64_t>(doubles);
  for (const auto& engine : engines_) bytes += engine->executor.memoryBytes();
  return bytes;
}

}  // namespace gnvpro
