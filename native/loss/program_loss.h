// A loss by its programs.
#pragma once

#include <vector>

#include "loss/convex_loss.h"
#include "program/executor.h"
#include "samples/reduction.h"

namespace gnvpro {

/**
 * The curvature is the diagonal of S_n where the loss is separable, else all of it (t × t): the program for products
 * runs once, or t times, a point.
 */
class ProgramLoss : public ConvexLoss {
 public:
  ProgramLoss(const Problem& problem, Pool& pool, const Poll& poll);

  int64_t curvatureColumns() const override { return separable_ ? targets_ : targets_ * targets_; }
  double evaluate(const double* S, double* G, double* curvature, const Cancel& cancel) override;
  void curve(int64_t rows, const double* curvature, const double* V, double* out) const override;
  void entries(int64_t rows, const double* curvature, int64_t j, int64_t k, double* out, int64_t stride) const override;
  int64_t memoryBytes() const override;

 private:
  void evaluateColumn(int64_t k, const double* S, double* curvature, const Cancel& cancel);
  double weight(int64_t n) const { return problem_.sampleWeights.empty() ? 1 : problem_.sampleWeights[n]; }

  const Problem& problem_;
  int64_t targets_;
  bool separable_;
  Tiling tiling_;
  Reduction loss_;
  Executor<double> value_, hessianProducts_;
  std::vector<double> losses_;      // N
  std::vector<double> directions_;  // N × t: V
  std::vector<double> products_;    // N × t
};

}  // namespace gnvpro
