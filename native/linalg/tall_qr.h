// QR of a tall row-major matrix in the tree of the sums over its rows (TSQR: Demmel et al., SIAM J. Sci. Comput. 34,
// 2012), with what Qᵀ makes of other columns; one pass over the rows, of which nothing is kept.
#pragma once

#include <cstdint>
#include <vector>

#include "parallel/pool.h"
#include "samples/reduction.h"
#include "samples/sample_array.h"
#include "samples/tiling.h"

namespace gnvpro {

/**
 * A = Q R for A = √Ω[Z 1]/√N (N × m), Ω the weights of the samples, optionally with √α I stacked below; and K = Q₁ᵀ√ΩC
 * of the first m columns of Q, m × t. Leaves, nodes of the tree with enough rows, are factorised each by itself, then
 * triangles in pairs up to the root.
 */
class TallQr {
 public:
  /** `roots`: √Ω, or empty for ones; it must stay, as C must. */
  TallQr(const Tiling& tiling, int64_t features, bool bias, const std::vector<double>& roots,
         const SampleArray<double>& C, int64_t targets, Pool& pool, const Poll& poll);

  /** Whose tiles `add` takes: those of the sums, in blocks that are leaves. */
  const Tiling& tiling() const { return tiling_; }

  /** The rows of Z of a tile. */
  void add(const Tile& tile, const Place& place, const double* Z);
  /** Once all tiles are in. */
  void finish(double alpha);

  /** R, m × m upper triangular, column-major, zeros below. */
  const double* R() const { return root_.data(); }
  /** K, m × t row-major. */
  const double* K() const { return root_.data() + m_ * m_; }

  int64_t memoryBytes() const;

 private:
  /** What a thread works with: a leaf, which becomes reflectors, and the matrices of order m beside it. */
  struct Worker {
    std::vector<double> A;       // height × m column-major, or V as m × height row-major
    std::vector<double> tau;     // m
    std::vector<double> top;     // V's first m rows, transposed: m × m row-major
    std::vector<double> system;  // m × m: what V joins with itself by
    std::vector<double> S;       // VᵀC, m × t
  };

  void factorizeLeaf(const Tile& leaf, Worker& worker, int place, double* node) const;
  void formReflectors(Worker& worker) const;
  void project(const Tile& leaf, Worker& worker, int place, double* K) const;
  void join(double* first, double* second) const;
  double root(int64_t sample) const { return roots_.empty() ? 1 : roots_[sample]; }

  int64_t features_, m_, targets_;
  bool bias_;
  const std::vector<double>& roots_;
  const SampleArray<double>& C_;
  Tiling tiling_;
  int64_t height_;            // of a leaf: max(rows, m), short leaves are padded by rows of zeros
  Reduction nodes_;           // [R K], m (m + t) numbers each
  std::vector<double> root_;  // the same
  std::vector<Worker> workers_;
};

}  // namespace gnvpro
