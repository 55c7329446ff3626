#include "varpro/point.h"

#include "parallel/zeros.h"

namespace gnvpro {

Point::Point(const Problem& problem, const Program& linearize, const Poll& poll)
    : theta(problem.weights), Z(zeros(problem.samples * problem.features, poll)), regularizerGradient(problem.weights) {
  const int64_t N = problem.samples, m = problem.basis(), t = problem.targets;
  for (size_t i = 1; i < linearize.sampleOutputColumns.size(); ++i) {
    residuals.push_back(zeros(N * linearize.sampleOutputColumns[i], poll));
  }
  fixedResiduals.resize(linearize.vectorOutputLengths[0]);
  projected.W.resize(t * m);
  projected.R = zeros(N * t, poll);
  projected.B = zeros(N * m, poll);
  projected.T.resize(m * m);
}

int64_t Point::memoryBytes() const {
  size_t doubles = theta.size() + Z.size() + fixedResiduals.size() + regularizerGradient.size() + projected.W.size() +
                   projected.R.size() + projected.B.size() + projected.T.size();
  for (const auto& residual : residuals) doubles += residual.size();
  return static_cast<int64_t>(doubles * sizeof(double));
}

}  // namespace gnvpro
