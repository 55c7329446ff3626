// H_W of a convex loss: products with it at any point, and at one its factor, where it is not too large for that.
#pragma once

#include <vector>

#include "elimination/elimination.h"
#include "elimination/inner_hessian.h"

namespace gnvpro {

class NewtonFactor : public InnerFactor {
 public:
  NewtonFactor(const Problem& problem, const ConvexLoss& loss, const Tiling& tiling, Pool& pool, const Poll& poll);

  void setPoint(const Eliminated& at) override;
  void solve(double* K, const Cancel& cancel) override;
  std::vector<double> leverages(const Cancel& cancel) override;
  double logDeterminant() override;
  double traceOfInverse() override;
  std::vector<double> root() override;

  struct Outcome {
    int64_t iterations;
    bool converged;
  };
  /**
   * Conjugate gradients for H_W X = K at a point to a relative residual, preconditioned by a factor. X is the best so
   * far where the iterations do not suffice; `Patience::foresight` ends them as soon as it is plain that they will not.
   */
  enum class Patience { toTheEnd, foresight };
  Outcome conjugateGradients(const Eliminated& at, const double* K, const InnerHessian& preconditioner,
                             double tolerance, int64_t maxIterations, Patience patience, double* X,
                             const Cancel& cancel);

  /** Ready once something has been solved. */
  const InnerHessian& hessian() const { return hessian_; }
  int64_t memoryBytes() const;

 private:
  void factorize();
  void product(const Eliminated& at, const double* V, double* HV);

  const Problem& problem_;
  const ConvexLoss& loss_;
  InnerHessian hessian_;
  Reduction sums_;
  std::vector<double> products_;                                               // N × t
  std::vector<double> right_, residual_, preconditioned_, direction_, image_;  // t × m
};

}  // namespace gnvpro
