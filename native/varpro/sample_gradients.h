// Gradients of the features sample by sample, for a few cotangents, on a chunk of samples.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "program/executor.h"
#include "varpro/point.h"
#include "varpro/problem.h"

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
};

/**
 * Gradients of all cotangents for some weights: at sample n and cotangent j, x_n ⊗ factor_nj. Weights without such
 * structure are a part whose x is 1.
 */
struct GradientPart {
  std::vector<int32_t> weights;  // of θ, inputs × units
  int64_t array;                 // −1: x is 1
  int64_t inputs;
  int64_t units;
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
  const std::vector<GradientPart>& parts() const { return parts_; }
  /** rows × (r · units): row n holds the factors of all cotangents. */
  const double* factors(size_t part) const { return factors_[part].data(); }
  /** rows × inputs; null where x is 1. */
  const double* inputs(size_t part) const { return inputs_[part]; }

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

  const Problem& problem_;
  const Program& program_;
  Pool& pool_;
  std::vector<GradientPart> parts_;
  Chunk chunk_{0, 0};
  int64_t count_ = 0;
  std::vector<double> U_;                         // rows × w
  std::vector<std::vector<double>> raw_;          // by part: factors of one cotangent
  std::vector<std::vector<double>> factors_;      // by part
  std::vector<const double*> inputs_;             // by part
  std::vector<std::unique_ptr<Engine>> engines_;  // of full chunks and of the last one
};

}  // namespace gnvpro
