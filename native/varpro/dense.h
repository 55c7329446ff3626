// The reduced Gauss–Newton matrix H, assembled: for a few hundred weights cheaper than many products.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "varpro/point.h"
#include "varpro/problem.h"
#include "varpro/sample_gradients.h"

namespace gnvpro {

/**
 * With ∂z_n/∂θ = J_n (w × P), WᵀW = LLᵀ and G⁻¹ = TTᵀ (leading w × w blocks),
 *   H = Σ_j [ Σ_n a_nj a_njᵀ − Σ_q b_qj b_qjᵀ ] + Σ_qc f_qc f_qcᵀ + A,
 *   a_nj = J_nᵀ ℓ_j/√N,   b_qj = Σ_n B_nq a_nj,   f_qc = Σ_n R_nc J_nᵀ t_q/N
 * (ℓ_j, t_q the columns of L and T; the last sum is the second part of the full Jacobian).
 *
 * A dense layer's part of a_nj is x_n ⊗ δ_nj, so that a block of the first sum is Σ_n (x_n x'_nᵀ) ⊗ (Σ_j δ_nj δ'_njᵀ):
 * one product of matrices with a row a sample, in place of one with a row a sample and cotangent.
 */
class DenseAssembly {
 public:
  DenseAssembly(const Problem& problem, const Program& perSample, SampleGradientLayout layout, Pool& pool);

  /**
   * H, P × P, both triangles. Returns the passes of the network that it took. Eigenvalues of WᵀW up to `rankTolerance`
   * times the largest are left out of the first part: 0 for H itself, more for a cheaper approximation.
   */
  int64_t assemble(const Point& point, double rankTolerance, std::vector<double>& H, const Cancel& cancel);

  int64_t memoryBytes() const;

 private:
  /** Contractions of the per-sample gradients with the columns of `with` (N × columns), counted with this sign. */
  struct Contraction {
    const double* with;
    int64_t columns;
    double sign;
  };
  /** A block of H: rows of part `row`, columns of part `col` ≤ row. */
  struct Pair {
    size_t row, col;
  };

  int64_t chunkRows(int64_t cotangents) const;
  void prepare();
  void runChunks(const Point& point, const std::vector<double>& cotangents, int64_t count, bool gram,
                 const Contraction& contraction, const Cancel& cancel);
  void addGram();
  void addPlain(const Pair& pair);
  void addKronecker(const Pair& pair, int worker);
  void addProducts(const Pair& pair, const double* products);
  void contract(const Contraction& contraction, int64_t begin);
  void contractPart(size_t part, const Contraction& contraction, int64_t begin, int64_t first, int64_t last,
                    int worker);
  double* scratch(int worker, int64_t size);
  void scatter(std::vector<double>& H) const;

  const Problem& problem_;
  const Program& program_;
  SampleGradientLayout layout_;
  Pool& pool_;
  // Allocated at the first assembly and kept: touching fresh pages would cost more than the arithmetic.
  std::unique_ptr<SampleGradients> gradients_;
  std::vector<int64_t> starts_;  // of the parts in the order of H below
  int64_t weights_ = 0;          // of all parts
  std::vector<Pair> pairs_;
  std::vector<double> ordered_;               // H part after part, lower triangle
  std::vector<double> sums_;                  // of one contraction
  std::vector<std::vector<double>> scratch_;  // by worker
};

}  // namespace gnvpro
