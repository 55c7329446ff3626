// The reduced Gauss–Newton matrix H, assembled: for a few hundred weights cheaper than many products.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "assembly/contraction.h"
#include "assembly/factor_gram.h"
#include "assembly/factors.h"
#include "assembly/row_gram.h"
#include "elimination/eliminated.h"
#include "elimination/residual_rows.h"
#include "network/network.h"
#include "parallel/pool.h"
#include "problem/problem.h"

namespace gnvpro {

/** What to assemble. */
struct AssemblyRequest {
  /**
   * Eigenvalues of WᵀW up to this share of the largest are left out of the first part: 0 for H itself, more for a
   * cheaper approximation.
   */
  double rankTolerance = 0;
  /** Kaufman's H, whatever the Jacobian of the problem. */
  bool onlyFirstPart = false;
  /** Without the regulariser of θ. */
  bool ofDataOnly = false;
  /** Of each output, by which its row of W is multiplied; or null for 1. */
  const double* noise = nullptr;
  /** Where to put ∂H/∂α_W at given features and WᵀW, of the first part; or null. */
  std::vector<double>* slope = nullptr;
};

/**
 * Of least squares, with J_n = ∂z_n/∂θ (w × P), WᵀW/N = LᵀL and G⁻¹/N² = TᵀT (leading w × w blocks),
 *   H = Σ_j [ Σ_n ω_n a_nj a_njᵀ − Σ_q b_qj b_qjᵀ ] + Σ_qc f_qc f_qcᵀ + A,
 *   a_nj = J_nᵀ ℓ_j,   b_qj = Σ_n B_nq a_nj,   f_qc = Σ_n R_nc J_nᵀ t_q
 * (ℓ_j, t_q the rows of L and T; the last sum is the second part of the full Jacobian). FactorGram and RowGram make the
 * first sum, Contraction the others. It takes one pass of the network for each feature. With B Tᵀ in place of B the
 * second sum is ∂H/∂α_W of the first part, since ∂G⁻¹/∂α_W = −G⁻².
 */
class DenseAssembly {
 public:
  DenseAssembly(const Problem& problem, const Network& network, Pool& pool);

  /** H, P × P, both triangles, and what else is requested. Returns the passes of the network that it took. */
  int64_t assemble(const NetworkPoint& point, const Eliminated& at, const AssemblyRequest& request,
                   std::vector<double>& H, const Cancel& cancel);

  int64_t memoryBytes() const;

 private:
  void computeGradients(const NetworkPoint& point, const Chunk& chunk, const Cancel& cancel);
  void addFirstPart(const Eliminated& at, const Chunk& chunk);
  void addSecondPart(const double* R, const Chunk& chunk);
  const double* residualOf(const Eliminated& at, const Chunk& chunk);
  const double* weights(const Chunk& chunk) const;
  void mixRows(const std::vector<double>& L, int64_t rows);

  const Problem& problem_;
  SampleGradientGroups groups_;
  Pool& pool_;
  int64_t capacity_;
  std::unique_ptr<SampleGradients> gradients_;
  std::vector<Factors> factors_;  // by group
  FactorGram factorGram_;
  RowGram rowGram_;
  Contraction hat_, second_;
  std::unique_ptr<Contraction> slope_;  // once it has been asked for
  bool isSloped_ = false;               // whether it is now
  ResidualRows residual_;
  std::vector<double> M_, L_;         // WᵀW/N (w × w) = LᵀL, L r × w
  std::vector<double> G_, T_;         // the leading w × w block of G⁻¹/N² = TᵀT, T m × w
  std::vector<double> B_, BT_;        // of the chunk: B, and B Tᵀ, rows × m
  std::vector<double> mixed_;         // of the weights without factors: combinations × rows × others
  std::vector<double> mixedFactors_;  // combinations × rows × units
};

}  // namespace gnvpro
