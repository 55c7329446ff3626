// Products with the Hessian of the inner problem, and conjugate gradients with them.
#pragma once

#include <cstdint>
#include <vector>

#include "elimination/biased.h"
#include "elimination/inner_hessian.h"
#include "loss/convex_loss.h"
#include "problem/problem.h"

namespace gnvpro {

/** Products with H_W at one point. */
class InnerOperator {
 public:
  InnerOperator(const Problem& problem, const ConvexLoss& loss, const Tiling& tiling, Pool& pool, const Poll& poll);

  void setPoint(const double* Z, const double* curvature);
  /** HV = H_W V, both t × m. */
  void product(const double* V, double* HV);

  struct Outcome {
    int64_t iterations;
    bool converged;
  };
  /**
   * Conjugate gradients for H_W X = K to a relative residual, preconditioned by a factor. X is the best so far where
   * the iterations do not suffice; `Patience::foresight` ends them as soon as it is plain that they will not.
   */
  enum class Patience { toTheEnd, foresight };
  Outcome solve(const double* K, const InnerHessian& preconditioner, double tolerance, int64_t maxIterations,
                Patience patience, double* X, const Cancel& cancel);

  int64_t memoryBytes() const;

 private:
  const Problem& problem_;
  const ConvexLoss& loss_;
  const double* Z_ = nullptr;
  const double* curvature_ = nullptr;
  Reduction sums_;
  std::vector<double> products_;  // N × t
  std::vector<double> residual_, preconditioned_, direction_, image_;
};

}  // namespace gnvpro
