// The Kronecker factors of one group of weights on a chunk of samples, in the form that sums over samples want.
#pragma once

#include <cstdint>
#include <vector>

#include "network/sample_gradients.h"

namespace gnvpro {

/**
 * For each feature i the columns δ_i1 … δ_ik (k units), and a basis of them: δ_ia = Σ_e F_ea E_e over the vectors e of
 * feature i. Often a feature depends on the units of a layer through one combination only, or on one unit only; then a
 * single vector does where there are k columns. All vectors are contiguous over the samples of the chunk.
 */
class Factors {
 public:
  Factors(const FactorGroup& group, int64_t features, int64_t capacity, int workers);

  /** Takes the factors of one feature, rows × units; from any worker. */
  void load(int64_t feature, const double* rowMajor, int worker);
  /** Takes the inputs x of the group from the arrays that the program reads (at the chunk). */
  void loadInputs(const std::vector<const double*>& arrays, const std::vector<int32_t>& columns);
  /** After all features of a chunk of this many rows: the bases side by side. */
  void gather();

  void setRows(int64_t rows) { rows_ = rows; }
  const FactorGroup& group() const { return group_; }
  int64_t units() const { return group_.units; }
  int64_t inputs() const { return static_cast<int64_t>(group_.inputs.size()); }
  /** x_b over the samples. */
  const double* input(int64_t b) const { return inputs_.data() + b * rows_; }

  const double* column(int64_t feature, int64_t unit) const {
    return columns_.data() + (feature * units() + unit) * rows_;
  }
  /** All columns, features × units × rows. */
  const double* columns() const { return columns_.data(); }
  bool isZero(int64_t feature, int64_t unit) const { return isZero_[feature * units() + unit] != 0; }

  int64_t vectors() const { return static_cast<int64_t>(features_.size()); }
  /** vectors × rows */
  const double* basis() const { return basis_.data(); }
  int64_t feature(int64_t vector) const { return features_[vector]; }
  double coefficient(int64_t vector, int64_t unit) const { return coefficients_[vector * units() + unit]; }

  int64_t memoryBytes() const;

 private:
  int64_t reduce(int64_t feature, int worker);
  void keepColumns(int64_t feature);

  const FactorGroup& group_;
  int64_t featureCount_;
  int64_t rows_ = 0;
  std::vector<double> inputs_;                   // inputs × capacity
  std::vector<double> columns_;                  // features × units × capacity
  std::vector<char> isZero_;                     // features × units
  std::vector<double> ownBasis_;                 // as columns_: the basis of each feature in its own place
  std::vector<double> ownCoefficients_;          // features × units (vectors) × units
  std::vector<int64_t> counts_;                  // vectors by feature
  std::vector<double> basis_, coefficients_;     // those of all features, without gaps
  std::vector<int64_t> features_;                // by vector
  std::vector<std::vector<double>> remainders_;  // by worker: units × capacity
};

}  // namespace gnvpro
