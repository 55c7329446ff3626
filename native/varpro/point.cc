#include "varpro/point.h"

namespace gnvpro {

Point::Point(const Problem& problem, const Program& linearize)
    : theta(problem.weights), Z(problem.samples * problem.features), regularizerGradient(problem.weights) {
  const int64_t N = problem.samples, m = problem.basis(), t = problem.targets;
  for (size_t i = 1; i < linearize.sampleOutputColumns.size(); ++i) {
    residuals.emplace_back(N * linearize.sampleOutputColumns[i]);
  }
  fixedResiduals.resize(linearize.vectorOutputLengths[0]);
  projected.W.resize(t * m);
  projected.R.resize(N * t);
  projected.B.resize(N * m);
  projected.T.resize(m * m);
}

int64_t Point::memoryBytes() const {
  size_t doubles = theta.size() + Z.size() + fixedResiduals.size() + regularizerGradient.size() + projected.W.size() +
                   projected.R.size() + projected.B.size() + projected.T.size();
  for (const auto& residual : residuals) doubles += residual.size();
  return static_cast<int64_t>(doubles * sizeof(double));
}

}  // namespace gnvpro
