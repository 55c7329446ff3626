#include "network/point.h"

#include <utility>

#include "parallel/zeros.h"

namespace gnvpro {

Point::Point(const Problem& problem, const Program& linearize, std::unique_ptr<Projected> at, const Poll& poll)
    : theta(problem.weights),
      Z(zeros(problem.samples.count * problem.features, poll)),
      projected(std::move(at)),
      regularizerGradient(problem.weights) {
  for (size_t i = 1; i < linearize.sampleOutputColumns.size(); ++i) {
    residuals.push_back(zeros(problem.samples.count * linearize.sampleOutputColumns[i], poll));
  }
  fixedResiduals.resize(linearize.vectorOutputLengths[0]);
}

int64_t Point::memoryBytes() const {
  size_t doubles = theta.size() + Z.size() + fixedResiduals.size() + regularizerGradient.size();
  for (const auto& residual : residuals) doubles += residual.size();
  return static_cast<int64_t>(doubles + projected->doubles()) * static_cast<int64_t>(sizeof(double));
}

}  // namespace gnvpro
