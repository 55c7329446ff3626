// The derivatives of an objective at one point: gradient, Gauss–Newton operator and Jacobian, whatever the loss.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "assembly/dense.h"
#include "elimination/biased.h"
#include "elimination/elimination.h"
#include "elimination/residual_rows.h"
#include "loss/convex_loss.h"
#include "network/network.h"
#include "operator/hat_product.h"
#include "operator/linearization.h"
#include "parallel/stopwatch.h"
#include "problem/problem.h"

namespace gnvpro {

/** Everything that belongs to one point: the network there, W, and the regulariser of θ. */
struct Point {
  NetworkPoint network;
  Eliminated eliminated;
  double regularization = 0;                // of θ
  std::vector<double> regularizerGradient;  // A (θ − reference)

  int64_t memoryBytes() const {
    return network.memoryBytes() + 8 * (eliminated.doubles() + static_cast<int64_t>(regularizerGradient.size()));
  }
};

/**
 * With D = dZ along δθ, E = D Wᵀ, k = Σ_n (S_n e_n) z̃_nᵀ/N and q = Σ_n g_n d_nᵀ/N the predictions change by
 *   dS = E + Z̃ dWᵀ,   dW = −H_W⁻¹ (k + q)   (Kaufman's Jacobian leaves q out),
 * J is the derivative of the stack [S ; Wᵀ], and H = Jᵀ blkdiag(S_n/N, α_W I) J + A:
 *   ⟨δθ, H δθ⟩ = ⟨dS, S dS⟩/N + α_W ‖dW‖² = ⟨E, S E⟩/N − kᵀH_W⁻¹k + qᵀH_W⁻¹q,
 * the last term only for the full Jacobian. Where W is given, vectors are [θ ; vec W], W row-major, dW is their second
 * part, and there is no q. Vectors are of length `problem.unknowns()`.
 */
class GaussNewton {
 public:
  GaussNewton(const Problem& problem, Network& network, const ConvexLoss& loss, Elimination& elimination,
              const Tiling& tiling, Pool& pool, Timings& timings, const Poll& poll);

  /** The point that all is at; it must stay. All or nothing. */
  void setPoint(const Point& point);

  /** The gradient, regularisers included: the same for either Jacobian, since where W is optimal dW drops out. */
  void gradient(double* g, const Cancel& cancel);

  /** H v, the regulariser included. `slope`, if not null: k + q along v, t × m, where `predict` needs it. */
  void product(const double* v, double* Hv, double* slope, const Cancel& cancel);
  /** dW along v by Kaufman's Jacobian, −H_W⁻¹k, t × m, where W is not given. */
  void follow(const double* v, double* dW, const Cancel& cancel);
  /** k + q along v. */
  void slope(const double* v, double* out, const Cancel& cancel);
  /** W + dW for such a slope. */
  std::vector<double> predict(std::vector<double> slope, const Cancel& cancel);

  /** H_W; null where W is given. */
  InnerFactor* factor() { return factor_; }

  /** J v, (N + m) × t row-major, and Jᵀ u for such a u. For tests: not tuned. */
  std::vector<double> jacobianProduct(const double* v, const Cancel& cancel);
  std::vector<double> jacobianTransposeProduct(const double* u, const Cancel& cancel);

  /** H, both triangles. Returns the passes of the network that it took. Requests concern least squares. */
  int64_t assemble(const AssemblyRequest& request, std::vector<double>& H, const Cancel& cancel);

  int64_t memoryBytes() const;

 private:
  Linearization& linearize(const double* v, const Cancel& cancel);
  void fillCotangent(const Tile& tile, int worker);
  void solve(double* K, const Cancel& cancel);
  int64_t assembleByProducts(std::vector<double>& H, const Cancel& cancel);
  const Eliminated& at() const { return point_->eliminated; }
  const double* Z() const { return at().Z; }
  int64_t sizeOfW() const { return problem_.targets * problem_.basis(); }

  const Problem& problem_;
  Network& network_;
  const ConvexLoss& loss_;
  const Tiling& tiling_;
  Pool& pool_;
  Timings& timings_;
  InnerFactor* factor_;
  ResidualRows residual_;                         // of least squares
  std::unique_ptr<HatProduct> shortCut_;          // of least squares
  std::unique_ptr<Linearization> linearization_;  // of least squares once J has been asked for
  std::unique_ptr<FeatureSums> sums_;             // where W is given
  std::unique_ptr<DenseAssembly> assembly_;
  const Point* point_ = nullptr;
  std::vector<double> X_, Y_;  // t × m: X = H_W⁻¹k and Y = H_W⁻¹q
};

}  // namespace gnvpro
