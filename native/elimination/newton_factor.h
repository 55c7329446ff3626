// H_W of a convex loss at one point: its factor, or conjugate gradients where it is too large for one.
#pragma once

#include <vector>

#include "elimination/inner_factor.h"
#include "elimination/inner_hessian.h"
#include "elimination/inner_operator.h"

namespace gnvpro {

class NewtonFactor : public InnerFactor {
 public:
  NewtonFactor(const Problem& problem, const ConvexLoss& loss, InnerOperator& products, Pool& pool);

  void setPoint(const double* Z, const double* curvature);
  void solve(double* K, const Cancel& cancel) override;

  /** Ready once something has been solved. */
  const InnerHessian& hessian() const { return hessian_; }

 private:
  void factorize();

  InnerOperator& products_;
  InnerHessian hessian_;
  const double* Z_ = nullptr;
  const double* curvature_ = nullptr;
  std::vector<double> right_;  // t × m
};

}  // namespace gnvpro
