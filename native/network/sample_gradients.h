// Gradients of the features sample by sample, for each feature on its own, on a chunk of samples.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "network/network_point.h"
#include "parallel/pool.h"
#include "problem/problem.h"
#include "program/executor.h"

namespace gnvpro {

/** Weights inputs × units at `offset` whose gradient at sample n is x_n ⊗ factor_n. */
struct KroneckerBlock {
  int64_t array;  // x: 0 is Y, then come the residuals
  int64_t offset;
  int64_t inputs;
  int64_t units;
};

/** What the perSample program gives: the gradients of `columns` if there are any, then the factor of each block. */
struct SampleGradientLayout {
  std::vector<KroneckerBlock> blocks;
  std::vector<int32_t> columns;  // the weight of each column of the gradients

  size_t outputOf(size_t block) const { return block + (columns.empty() ? 0 : 1); }
};

/** Blocks of weights with the same factor: together one block with the inputs of all, the 1 of a bias among them. */
struct FactorGroup {
  struct Input {
    int64_t array;  // kOnes: the input is 1
    int64_t column;
    int64_t weight;  // in θ, of the first unit; the others follow
  };
  size_t output;  // of the perSample program
  int64_t units;
  std::vector<Input> inputs;
};
inline constexpr int64_t kOnes = -1;

/** The weights of a network by how their gradients are summed. */
struct SampleGradientGroups {
  SampleGradientGroups(const SampleGradientLayout& layout, const Program& program);

  std::vector<FactorGroup> factors;
  std::vector<int32_t> rows;  // the weight of each column of the gradients; −1
                              // where it belongs to a factor
  /** Whether some weights have no factor. */
  bool hasRows() const;

 private:
  void takeBiases(const SampleGradientLayout& layout, const Program& program);
};

/** Samples [begin, begin + rows). */
struct Chunk {
  int64_t begin;
  int64_t rows;
};

/**
 * Runs the per-sample program of a network with the unit vectors as cotangents: the gradients of each feature. In
 * doubles for any network, since dependent factors are told by their rounding.
 */
class SampleGradients {
 public:
  /** For chunks of up to `capacity` samples. `residuals` stores what the program reads of a chunk; null where points
   * do.
   */
  SampleGradients(const Problem& problem, const Program& program, const Program* residuals, int64_t capacity,
                  Pool& pool);
  ~SampleGradients();

  /** Chooses the samples that `compute` works on. */
  void setChunk(const NetworkPoint& point, const Chunk& chunk, const Cancel& cancel);

  /** The gradients of a feature; from any worker, each feature once. */
  void compute(int64_t feature, int worker, const Cancel& cancel);

  int64_t rows() const { return chunk_.rows; }
  /** Z of the chunk, rows × w. */
  const double* features() const { return Z_; }
  /** What the program reads at the chunk, rows × inputColumns()[i]: Y, then the residuals. */
  const std::vector<const double*>& inputs() const { return inputs_; }
  const std::vector<int32_t>& inputColumns() const { return program_.sampleInputColumns; }
  /** Rows × cols of output `index` for a feature, row-major; the next feature's follow. */
  double* output(size_t index, int64_t feature);

  int64_t memoryBytes() const;

 private:
  struct Runner;

  template <typename T>
  void read(const T* Y, const NetworkPoint& point, const Cancel& cancel);
  template <typename T>
  const Residuals<T>& residualsOf(const T* Y, const NetworkPoint& point, const Cancel& cancel);
  template <typename T>
  void takeFeatures(const T* rows);
  template <typename T>
  void addInput(const T* rows);

  const Problem& problem_;
  const Program& program_;
  const Program* chunkResiduals_;
  NetworkPoint ofChunk_;  // where residuals are of chunks: the features, then the residuals
  Chunk chunk_{0, 0};
  std::vector<const double*> inputs_;
  const double* Z_ = nullptr;
  std::vector<std::vector<double>> widened_;  // of the inputs, where the network has other numbers
  std::vector<double> widenedZ_;              // the same, where points keep no features
  std::unique_ptr<Tiling> tiling_;
  Pool alone_{1};                                 // features are what runs in parallel
  std::vector<std::unique_ptr<Runner>> runners_;  // by worker
  std::vector<std::vector<double>> outputs_;      // features × capacity × cols
};

}  // namespace gnvpro
