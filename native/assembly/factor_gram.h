// The first part of the Gauss–Newton matrix, Σ_n ω_n J_nᵀ (WᵀW/N) J_n with J_n = ∂z_n/∂θ, for weights with Kronecker
// factors.
#pragma once

#include <cstdint>
#include <vector>

#include "assembly/factors.h"
#include "parallel/pool.h"

namespace gnvpro {

/**
 * Two groups of weights with gradients x_n ⊗ δ_nia and x'_n ⊗ δ'_nia' (feature i, units a and a') meet in
 *   Σ_n (x_n x'_nᵀ) ⊗ Δ_n,   Δ_n = ω_n Σ_ii' M_ii' δ_ni δ'_ni'ᵀ,   M = WᵀW/N:
 * the sum over features is done first, sample by sample, and costs little; one matrix product over the samples follows.
 */
class FactorGram {
 public:
  FactorGram(const std::vector<FactorGroup>& groups, int64_t features, int64_t capacity, Pool& pool);

  void reset();
  /** Adds a chunk of samples. M: w × w; weights: ω of each, or null for ones. */
  void add(const std::vector<Factors>& factors, const double* M, const double* weights, int64_t rows);
  /** Adds to the lower triangle of H, P × P. */
  void scatter(double* H, int64_t P) const;

  /** Doubles that a chunk takes a sample. */
  static int64_t doublesPerSample(const std::vector<FactorGroup>& groups, int64_t features);

  int64_t memoryBytes() const;

 private:
  struct Pair {
    size_t left, right;  // groups, left ≤ right
    int64_t inputPairs,
        unitPairs;              // only b' ≤ b and a' ≤ a where the groups are the same
    std::vector<double> delta;  // unitPairs × rows
    std::vector<double> sums;   // inputPairs × unitPairs
  };
  /** Part of the work on a pair, or (in the first phase) on one unit of a group. */
  struct Task {
    size_t index;
    int64_t first, count;
  };

  void weigh(const Factors& factors, const double* M, int64_t unit, double* weighted) const;
  void formDelta(Pair& pair, const Factors& right, const double* weights, int64_t a, int64_t b);
  void addProducts(Pair& pair, const std::vector<Factors>& factors, const Task& task, double* products);
  static void scatterEntry(const Pair& pair, const FactorGroup& left, const FactorGroup& right, int64_t b, int64_t c,
                           const double* sums, double* H, int64_t P);

  const std::vector<FactorGroup>& groups_;
  int64_t features_;
  int64_t rows_ = 0;
  Pool& pool_;
  std::vector<Pair> pairs_;
  std::vector<std::vector<double>> weighted_;  // by group: Σ_i M_i'i δ_ia, features i' × units × rows
  std::vector<std::vector<double>> products_;  // by worker
  std::vector<Task> weighTasks_, deltaTasks_, productTasks_;
};

}  // namespace gnvpro
