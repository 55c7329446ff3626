// The Hessian of the inner problem, H_W = (1/N) Σ_n S_n ⊗ z̃_n z̃_nᵀ + α_W I on the row-major vec(W), factorised.
#pragma once

#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

#include "elimination/eliminated.h"
#include "loss/convex_loss.h"
#include "problem/problem.h"
#include "samples/reduction.h"

namespace gnvpro {

/** Up to this order the whole of H_W is factorised; above it, the blocks of single outputs (a preconditioner). */
inline constexpr int64_t kLargestInnerHessian = 2000;

class InnerHessian {
 public:
  InnerHessian(const Problem& problem, const ConvexLoss& loss, const Tiling& tiling, Pool& pool);

  /** Whether `solve` is the exact inverse, at the point of the last `factorize`. */
  bool isExact() const { return exact_ && every_ == 1; }
  bool isReady() const { return ready_; }
  void drop() { ready_ = false; }

  /** From every `every`-th strip of the samples: above 1 a preconditioner. False where H_W overflows. */
  bool factorize(const Eliminated& at, int64_t every = 1);

  /** K ← H_W⁻¹ K in place, K t × m. */
  void solve(double* K) const;

  /** log det H_W; NaN where it is not exact. */
  double logDeterminant() const;
  /** tr H_W⁻¹; the same holds. */
  double traceOfInverse() const;
  /** L⁻ᵀ of each block, row-major; empty where it is not exact. */
  std::vector<double> root() const;

  int64_t memoryBytes() const;

 private:
  int64_t chunkRows() const;
  void sum(const Eliminated& at);
  bool isTaken(const Tile& tile) const;
  void addChunk(const Eliminated& at, const Tile& chunk, bool add, double* sums);
  void multiplyPairs(const double* Z, int64_t rows, int64_t first, int64_t count, std::vector<double>& products) const;
  void formRows(const double* curvature, int64_t rows);
  bool factorizeBlock(const double* block, double* factor, int64_t order);
  void scatter(double* H, int64_t n, int64_t blockRow, int64_t blockCol, const double* sums, double sign) const;
  void fillBlocks();

  const Problem& problem_;
  const ConvexLoss& loss_;
  Pool& pool_;
  bool exact_;
  bool coupled_;  // one block of order tm, else t blocks of order m
  bool ready_ = false;
  int64_t every_ = 1;
  std::vector<std::pair<int64_t, int64_t>> outputPairs_;   // (j, k) whose entries are summed
  std::vector<std::pair<int64_t, int64_t>> featurePairs_;  // (i, l), l ≤ i
  std::vector<double> rows_;                               // of a chunk: rows × output pairs
  std::vector<std::vector<double>> products_;              // by worker: rows × feature pairs of a task, and a row z̃
  Tiling chunks_, strips_;                                 // of the same nodes of the tree
  std::optional<Reduction> reduction_;
  std::vector<double> sums_;             // output pairs × feature pairs, and the samples in them
  std::vector<double> blocks_, factor_;  // column-major, lower triangles
};

}  // namespace gnvpro
