// The network at one θ.
#pragma once

#include <cstdint>
#include <variant>
#include <vector>

namespace gnvpro {

/** N × columns each, as the linearize program stores them, in the numbers of the network. */
template <typename T>
using Residuals = std::vector<std::vector<T>>;

struct NetworkPoint {
  std::vector<double> theta;  // P
  std::vector<double> Z;      // N × w
  std::variant<Residuals<double>, Residuals<float>> residuals;
  std::vector<double> fixedResiduals;

  int64_t memoryBytes() const {
    size_t bytes = (theta.size() + Z.size() + fixedResiduals.size()) * sizeof(double);
    std::visit(
        [&bytes](const auto& arrays) {
          for (const auto& array : arrays) bytes += array.size() * sizeof(array[0]);
        },
        residuals);
    return static_cast<int64_t>(bytes);
  }
};

}  // namespace gnvpro
