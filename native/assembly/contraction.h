// Sums over samples of per-sample gradients, weighted by the columns of a matrix Q, and the Gram matrix of those sums.
#pragma once

#include <cstdint>
#include <vector>

#include "assembly/factors.h"
#include "parallel/pool.h"

namespace gnvpro {

/**
 * s_iq = Σ_n Q_nq ∂z_ni/∂θ for features i and columns q; H gains or loses Σ_q Σ_ii' M_ii' s_iq s_i'qᵀ with M = LᵀL.
 * Two ways to sum it:
 * - with the combinations b_jq = Σ_i L_ji s_iq, as Σ_jq b_jq b_jqᵀ;
 * - where a unit of a group touches few features (a layer whose units are features: one), as Σ_q Σ_i m_iq s_iqᵀ with
 *   m_iq = Σ_i' M_ii' s_i'q, since most terms are zero. Such groups are called sparse here.
 * For a group with gradients x_n ⊗ δ_ni the sums Σ_n x_n Q_nq E_ne over the basis E of its factors come first.
 */
class Contraction {
 public:
  /** `rows`: the weights without factors, as RowGram takes them. */
  Contraction(const std::vector<FactorGroup>& groups, const std::vector<int32_t>& rows, int64_t weights,
              int64_t features, Pool& pool);

  /** Starts afresh. L: r × w and M: w × w must stay; `columns`: of Q. */
  void reset(const double* L, int64_t r, const double* M, int64_t columns);

  /** A chunk of samples: its rows of Q, with row stride ld. */
  void add(const double* Q, int64_t ld, const std::vector<Factors>& factors, int64_t rows);
  /** After `add`: the weights without factors, T: r × rows × their number, the combinations by L; and those by M. */
  void addRows(const double* Q, int64_t ld, const double* T, int64_t rows);
  void addWeightedRows(const double* Q, int64_t ld, const double* T, int64_t rows);
  /** Whether there are sparse groups, so that combinations by M are needed. Known after `add`. */
  bool needsWeighted() const { return needsWeighted_; }

  /** H += sign · the sum above, lower triangle, H weights × weights. */
  void addGram(double sign, double* H);

  int64_t memoryBytes() const;

 private:
  /** A unit and a feature that it touches. */
  struct Touch {
    int64_t feature, unit;
  };
  struct Group {
    bool sparse = false;
    int64_t position = 0;              // of its first weight in dense_
    std::vector<double> basisSums;     // inputs × vectors × columns, of the chunk
    std::vector<double> coefficients;  // F L: (units × combinations) × vectors
    std::vector<double> weighted;      // F M: (units × features) × vectors
    // Of a sparse group only:
    std::vector<Touch> touches;
    std::vector<int64_t> touchOf;  // by feature and unit, −1: none
    std::vector<double> sums;      // s: touches × inputs × columns
  };
  /** Columns of T that follow each other and belong to weights that follow each other. */
  struct Run {
    int64_t column, length, position;
  };

  void classify(const std::vector<Factors>& factors);
  static bool isSparse(const Factors& factors, int64_t features);
  void addTouches(Group& group, const Factors& factors);
  void sumBasis(Group& group, const Factors& factors, int64_t first, int64_t count, int64_t rows,
                std::vector<double>& products);
  void combine(Group& group, const Factors& factors, int64_t b);
  static void combineCoefficients(const Factors& factors, const double* L, int64_t r, int64_t w,
                                  std::vector<double>& out);
  void weighSparse(const Group& group, const FactorGroup& weights);
  void addCombinations(double sign, double* H);
  void addSparse(size_t index, const std::vector<int64_t>& groupOf, double sign, double* H);
  double* weightedSums(int64_t weight) { return weighted_.data() + weight * features_ * columns_; }

  const std::vector<FactorGroup>& groups_;
  const std::vector<int32_t>& rows_;
  int64_t weights_, features_;
  Pool& pool_;
  const double* L_ = nullptr;
  const double* M_ = nullptr;
  int64_t combinations_ = 0, columns_ = 0;
  bool classified_ = false, needsWeighted_ = false;
  double beta_ = 0;           // 0 at the first chunk, which overwrites the sums, then 1
  std::vector<Group> state_;  // by group
  std::vector<Run> runs_;
  std::vector<int64_t> dense_;                 // the weights that are not in sparse groups
  std::vector<double> sums_;                   // b: dense weights × combinations × columns
  std::vector<double> weighted_;               // m: weights × features × columns
  std::vector<double> transposed_;             // Q of the chunk, columns × rows
  std::vector<std::vector<double>> products_;  // by worker
};

}  // namespace gnvpro
