// H_W of a convex loss at one point: its factor, or conjugate gradients where it is too large for one.
#pragma once

#include <vector>

#include "elimination/eliminated.h"
#include "elimination/inner_factor.h"
#include "elimination/inner_hessian.h"
#include "elimination/inner_operator.h"

namespace gnvpro {

class NewtonFactor : public InnerFactor {
 public:
  NewtonFactor(const Problem& problem, const ConvexLoss& loss, InnerOperator& products, const Tiling& tiling,
               Pool& pool);

  void setPoint(const Eliminated& at);
  void solve(double* K, const Cancel& cancel) override;
  std::vector<double> leverages(const Cancel& cancel) override;
  double logDeterminant() override;

  /** Ready once something has been solved. */
  const InnerHessian& hessian() const { return hessian_; }

 private:
  void factorize();

  const Problem& problem_;
  const ConvexLoss& loss_;
  InnerOperator& products_;
  InnerHessian hessian_;
  const Eliminated* at_ = nullptr;
  std::vector<double> right_;  // t × m
};

}  // namespace gnvpro
