// Gradients of the features sample by sample, for a few cotangents, on a chunk of samples.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "program/executor.h"
#include "varpro/point.h"
#include "varpro/problem.h"

namespace gnvpro {

/** The block of weights d × units at `offset` whose gradient at sample n is y_n ⊗ factor_n. */
struct KroneckerBlock {
  int64_t offset;
  int64_t inputs;
  int64_t units;
};

/** How the weights are ordered in the dense assembly: the Kronecker block first, then the other columns. */
struct SampleGradientLayout {
  std::optional<KroneckerBlock> kronecker;
  std::vector<int32_t> columns;  // weight of each column of the program's output 0

  int64_t kroneckerWeights() const { return kronecker ? kronecker->inputs * kronecker->units : 0; }
  int64_t units() const { return kronecker ? kronecker->units : 0; }
  int64_t others() const { return static_cast<int64_t>(columns.size()); }
  int64_t weights() const { return kroneckerWeights() + others(); }
  /** The weight in θ of entry i of the order above. */
  std::vector<int64_t> order() const;
};

/** Rows of samples [begin, begin + rows) of a problem. */
struct Chunk {
  int64_t begin;
  int64_t rows;
};

/** For cotangents u_1 … u_r, the same for every sample: gradients of u_jᵀ z_n along the weights. */
class SampleGradients {
 public:
  /** Memory for chunks of at most `rows` samples and `cotangents` cotangents, used again by every call. */
  SampleGradients(const Problem& problem, const Program& program, const SampleGradientLayout& layout, int64_t rows,
                  int64_t cotangents, Pool& pool);

  /** cotangents: r × w row-major. */
  void compute(const Point& point, Chunk chunk, const double* cotangents, int64_t count, const Cancel& cancel);

  int64_t rows() const { return chunk_.rows; }
  int64_t count() const { return count_; }
  /** Gradients of the other weights for cotangent j: rows × stride(). */
  const double* others(int64_t j) const { return others_.data() + j * capacity_ * stride_; }
  /** Columns of `others`; at least the layout's. */
  int64_t stride() const { return stride_; }
  /** Between the same row of two cotangents. */
  int64_t cotangentStride() const { return capacity_ * stride_; }
  /** The Kronecker factors, rows × (r · units): row n holds those of all cotangents. */
  const double* factors() const { return factors_.data(); }
  const double* inputs() const { return problem_.Y.data() + chunk_.begin * problem_.inputs; }

  int64_t memoryBytes() const;

 private:
  /** An executor for chunks of so many rows. */
  struct Engine {
    Engine(const Program& program, int64_t rows, Pool& pool)
        : tiling(rows, program.columnsInFlight()), executor(program, tiling, pool) {}
    Tiling tiling;
    Executor executor;
  };

  Engine& engineFor(int64_t rows);
  void gatherFactors();

  const Problem& problem_;
  const Program& program_;
  const SampleGradientLayout& layout_;
  Pool& pool_;
  int64_t capacity_, stride_;
  Chunk chunk_{0, 0};
  int64_t count_ = 0;
  std::vector<double> U_;           // capacity × w
  std::vector<double> others_;      // r × capacity × stride
  std::vector<double> rawFactors_;  // r × capacity × units
  std::vector<double> factors_;
  std::vector<std::unique_ptr<Engine>> engines_;  // of full chunks and of the last one
};

}  // namespace gnvpro
