// Everything that belongs to one θ: the network's features and residuals, and the projection.
#pragma once

#include <memory>
#include <vector>

#include "elimination/projected.h"
#include "parallel/cancel.h"
#include "problem/problem.h"
#include "program/program.h"

namespace gnvpro {

struct Point {
  std::vector<double> theta;                   // P
  std::vector<double> Z;                       // N × w
  std::vector<std::vector<double>> residuals;  // as the linearize program stores them
  std::vector<double> fixedResiduals;
  std::unique_ptr<Projected> projected;
  double regularization = 0;                // of θ
  std::vector<double> regularizerGradient;  // A (θ − reference)

  Point(const Problem& problem, const Program& linearize, std::unique_ptr<Projected> projected, const Poll& poll);
  int64_t memoryBytes() const;
};

}  // namespace gnvpro
