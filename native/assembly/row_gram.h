// The first part of the Gauss–Newton matrix, Σ_n ω_n J_nᵀ (WᵀW/N) J_n, where one of the weights has no Kronecker
// factor.
#pragma once

#include <cstdint>
#include <vector>

#include "assembly/factors.h"
#include "parallel/pool.h"

namespace gnvpro {

/**
 * With WᵀW/N = LᵀL and rows T_nj = √ω_n Σ_i L_ji ∂z_ni/∂θ along such weights, δ_nj likewise: their own block is
 * Σ_nj T_njᵀ T_nj, and a group with gradients x_n ⊗ δ_nj meets them in Σ_n x_n ⊗ (Σ_j δ_nj ⊗ T_nj).
 */
class RowGram {
 public:
  /** `weights`: the weight of each column of T; columns with −1 are ignored. */
  RowGram(const std::vector<FactorGroup>& groups, const std::vector<int32_t>& weights, Pool& pool);

  void reset();
  /** Adds rows T (r × rows × weights) among themselves. */
  void addRows(const double* T, int64_t r, int64_t rows);
  /** Adds what a group has with them. `mixed`: δ, r × rows × units. */
  void addGroup(size_t group, const Factors& factors, const double* mixed, const double* T, int64_t r, int64_t rows);
  /** Adds to the lower triangle of H, P × P. */
  void scatter(double* H, int64_t P) const;

  int64_t memoryBytes() const;

 private:
  int64_t columns() const { return static_cast<int64_t>(weights_.size()); }

  const std::vector<FactorGroup>& groups_;
  const std::vector<int32_t>& weights_;
  Pool& pool_;
  std::vector<double> sums_;                // columns × columns, lower triangle
  std::vector<std::vector<double>> cross_;  // by group: inputs × units × columns
  std::vector<double> products_;            // some rows × units × columns
};

}  // namespace gnvpro
