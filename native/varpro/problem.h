// What defines the reduced objective: data, sizes and regularisers.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace gnvpro {

enum class Jacobian { golubPereyra, kaufman };

/** ½ (θ − reference)ᵀ A (θ − reference), A symmetric in compressed rows. */
struct Regularizer {
  std::vector<int32_t> rowPointers;  // P + 1
  std::vector<int32_t> columns;
  std::vector<double> values;
  std::vector<double> reference;  // P, or empty for zero

  /** y += A x */
  void addProduct(const double* x, double* y) const;
  /** A (θ − reference) into gradient, and the value. */
  double evaluate(const double* theta, double* gradient) const;
};

struct Problem {
  int64_t samples;   // N
  int64_t inputs;    // d
  int64_t features;  // w
  int64_t targets;   // t
  int64_t weights;   // P
  bool bias;
  double alphaW;
  Jacobian jacobian;
  std::span<const double> Y;  // N × d
  std::span<const double> C;  // N × t
  Regularizer regularizer;

  /** Columns of Z̃ = [Z 1]. */
  int64_t basis() const { return features + (bias ? 1 : 0); }
};

}  // namespace gnvpro
