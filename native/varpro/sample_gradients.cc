#include "varpro/sample_gradients.h"

#include <algorithm>

namespace gnvpro {

std::vector<int64_t> SampleGradientLayout::order() const {
  std::vector<int64_t> result;
  for (int64_t i = 0; i < kroneckerWeights(); ++i) result.push_back(kronecker->offset + i);
  result.insert(result.end(), columns.begin(), columns.end());
  return result;
}

SampleGradients::SampleGradients(const Problem& problem, const Program& program, const SampleGradientLayout& layout,
                                 int64_t rows, int64_t cotangents, Pool& pool)
    : problem_(problem),
      program_(program),
      layout_(layout),
      pool_(pool),
      capacity_(rows),
      stride_(program.sampleOutputColumns[0]),
      U_(rows * problem.features),
      others_(cotangents * rows * stride_),
      rawFactors_(cotangents * rows * layout.units()),
      factors_(rawFactors_.size()) {}

void SampleGradients::compute(const Point& point, Chunk chunk, const double* cotangents, int64_t count,
                              const Cancel& cancel) {
  chunk_ = chunk;
  count_ = count;
  const int64_t w = problem_.features;
  Executor& executor = engineFor(chunk.rows).executor;
  Bindings bindings{{inputs()}, {point.theta.data(), point.fixedResiduals.data()}, {nullptr}, {}};
  for (size_t i = 0; i < point.residuals.size(); ++i) {
    const int64_t cols = program_.sampleInputColumns[i + 1];
    bindings.sampleInputs.push_back(point.residuals[i].data() + chunk.begin * cols);
  }
  bindings.sampleInputs.push_back(U_.data());
  if (layout_.kronecker) bindings.sampleOutputs.push_back(nullptr);
  for (int64_t j = 0; j < count; ++j) {
    for (int64_t n = 0; n < chunk.rows; ++n) std::copy_n(cotangents + j * w, w, U_.data() + n * w);
    bindings.sampleOutputs[0] = others_.data() + j * capacity_ * stride_;
    if (layout_.kronecker) bindings.sampleOutputs[1] = rawFactors_.data() + j * capacity_ * layout_.units();
    executor.run(bindings, nullptr, nullptr, &cancel);
  }
  gatherFactors();
}

SampleGradients::Engine& SampleGradients::engineFor(int64_t rows) {
  for (const auto& engine : engines_) {
    if (engine->tiling.samples() == rows) return *engine;
  }
  return *engines_.emplace_back(std::make_unique<Engine>(program_, rows, pool_));
}

void SampleGradients::gatherFactors() {
  const int64_t k = layout_.units();
  for (int64_t j = 0; j < count_; ++j) {
    for (int64_t n = 0; n < chunk_.rows; ++n) {
      std::copy_n(rawFactors_.data() + (j * capacity_ + n) * k, k, factors_.data() + (n * count_ + j) * k);
    }
  }
}

int64_t SampleGradients::memoryBytes() const {
  int64_t bytes = 8 * static_cast<int64_t>(U_.size() + others_.size() + rawFactors_.size() + factors_.size());
  for (const auto& engine : engines_) bytes += engine->executor.memoryBytes();
  return bytes;
}

}  // namespace gnvpro
