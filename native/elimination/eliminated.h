// W and what is known beside it at one point, whatever the loss.
#pragma once

#include <cstdint>
#include <vector>

namespace gnvpro {

enum class InnerStatus { converged, rounding, iterationLimit, stalled };

/** How Newton's method found W. */
struct InnerRecord {
  int64_t iterations = 0;
  int64_t krylovIterations = 0;
  double gradientNorm = 0;  // ‖∇_W‖ relative to its value at W = 0
  double seconds = 0;
  InnerStatus status = InnerStatus::converged;
};

struct Eliminated {
  const double* Z = nullptr;      // N × w: the features that all belongs to, kept beside it, or null
  std::vector<double> W;          // t × m, the bias last
  std::vector<double> R;          // N × t: g_n = ω_n ∂ℓ/∂s by row; of least squares, empty where Z is null
  std::vector<double> curvature;  // what the loss needs for products with S_n = ω_n ∂²ℓ/∂s²; not of least squares
  double loss = 0;                // (1/N) Σ ω ℓ
  double regularization = 0;      // ½ α_W ‖W‖²
  int64_t rank = 0;               // of the problem: m for α_W > 0, the numerical rank of Z̃ for α_W = 0
  InnerRecord inner;              // of Newton's method

  /**
   * Least squares only, m × m (row-major): with √ΩZ̃/√N = U diag(s) Vᵀ, Ω the weights of the samples,
   * T = V diag(1/√(s² + α_W)), up to a rotation of its columns. So TTᵀ = G⁻¹ for G = Z̃ᵀΩZ̃/N + α_W I, and the columns
   * of B = ΩZ̃T/√N, of which the rows are formed where they are needed, are √Ω times those of U diag(s/√(s² + α_W)).
   */
  std::vector<double> T;
  double condition = 0;       // of √ΩZ̃/√N with √α_W I below, in the norm of Frobenius
  double logDeterminant = 0;  // of G, over the directions that T keeps

  int64_t doubles() const { return static_cast<int64_t>(W.size() + R.size() + curvature.size() + T.size()); }
};

}  // namespace gnvpro
