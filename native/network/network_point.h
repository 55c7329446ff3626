// The network at one θ.
#pragma once

#include <cstdint>
#include <vector>

namespace gnvpro {

/** What features, their stored derivatives and products with these are made of. */
using Element = double;

struct NetworkPoint {
  std::vector<double> theta;                    // P
  std::vector<Element> Z;                       // N × w
  std::vector<std::vector<Element>> residuals;  // N × columns each, as the linearize program stores them
  std::vector<Element> fixedResiduals;

  int64_t memoryBytes() const {
    size_t elements = Z.size() + fixedResiduals.size();
    for (const auto& residual : residuals) elements += residual.size();
    return static_cast<int64_t>(elements * sizeof(Element) + theta.size() * sizeof(double));
  }
};

}  // namespace gnvpro
