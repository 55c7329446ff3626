// What the projection gives at one point, whatever the loss.
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

struct Projected {
  virtual ~Projected() = default;

  std::vector<double> W;  // t × m, the bias last
  std::vector<double> R;  // N × t: ∂ℓ/∂s by row, with the weights of the samples (their roots in least squares)
  double loss = 0;        // (1/N) Σ ω ℓ
  double regularization = 0;  // ½ α_W ‖W‖²
  int64_t rank = 0;           // of the problem: m for α_W > 0, the numerical rank of Z̃ for α_W = 0
  InnerRecord inner;          // of a convex loss

  virtual int64_t doubles() const { return static_cast<int64_t>(W.size() + R.size()); }
};

}  // namespace gnvpro
