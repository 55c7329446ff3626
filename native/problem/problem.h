// What defines the objective: data, sizes, loss and regularisers.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <variant>
#include <vector>

#include "program/program.h"
#include "samples/sample_array.h"
#include "samples/samples.h"

namespace gnvpro {

enum class Jacobian { golubPereyra, kaufman };

/** What the Hessian ∂²ℓ/∂s² of a sample looks like: I (only of ½ ‖s − c‖²), diagonal, of rows that sum to zero, or any.
 */
enum class LossCurvature { identity, diagonal, sumsToZero, full };

struct LossKernel;

struct Loss {
  LossCurvature curvature = LossCurvature::identity;
  const LossKernel* kernel = nullptr;  // null for a loss by its programs:
  // S, C → losses (N × 1) and gradients (N × t); S, C, V → products of the Hessians with V (N × t).
  std::shared_ptr<const Program> value, products;

  /** Whether W follows from a formula; the other losses take Newton's method. */
  bool isClosed() const { return curvature == LossCurvature::identity; }
  bool isSeparable() const { return isClosed() || curvature == LossCurvature::diagonal; }
  bool sumsToZero() const { return curvature == LossCurvature::sumsToZero; }
};

/** ½ (θ − reference)ᵀ A (θ − reference), A symmetric in compressed rows. */
struct Regularizer {
  std::vector<int32_t> rowPointers;  // P + 1
  std::vector<int32_t> columns;
  std::vector<double> values;
  std::vector<double> reference;  // P, or empty for zero

  /** y += A x */
  void addProduct(const double* x, double* y) const;
  /** M += A, M P × P. */
  void addTo(double* M) const;
  /** A (θ − reference) into gradient, and the value. */
  double evaluate(const double* theta, double* gradient) const;
};

struct Problem {
  Samples samples;   // N in all, `count` of them here
  int64_t inputs;    // d
  int64_t features;  // w
  int64_t targets;   // t
  int64_t weights;   // P
  bool bias;
  bool joint;     // W is an unknown beside θ, and not projected out
  double alphaW;  // above 0 for every loss but least squares
  double innerTolerance;
  Jacobian jacobian;
  Loss loss;
  std::variant<SampleArray<double>, SampleArray<float>> Y;  // N × d, in the numbers of the network
  SampleArray<double> C;                                    // N × t
  std::span<const double> sampleWeights;                    // N, or empty for ones
  Regularizer regularizer;

  /** Whether the network is in single precision. */
  bool isSingle() const { return std::holds_alternative<SampleArray<float>>(Y); }
  /** Columns of Z̃ = [Z 1]. */
  int64_t basis() const { return features + (bias ? 1 : 0); }
  /** Whether W has a formula. */
  bool isLinear() const { return loss.isClosed() && !joint; }
  /** Whether the Jacobian has the second part of Golub and Pereyra, which there is only where W is projected out. */
  bool hasSecondPart() const { return !joint && jacobian == Jacobian::golubPereyra; }
  /** Of the vector that an objective moves: θ, or [θ ; vec W]. */
  int64_t unknowns() const { return weights + (joint ? targets * basis() : 0); }
};

}  // namespace gnvpro
