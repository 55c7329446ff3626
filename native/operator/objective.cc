#include "operator/objective.h"

#include <stdexcept>

namespace gnvpro {

void Objective::slope(const double*, double*, const Cancel&) {
  throw std::logic_error("this projection takes no start");
}

std::vector<double> Objective::predict(const std::vector<double>&, const Cancel&) {
  throw std::logic_error("this projection takes no start");
}

int64_t Objective::assembleByProducts(int64_t n, std::vector<double>& H, const Cancel& cancel) {
  std::vector<double> unit(n);
  for (int64_t i = 0; i < n; ++i) {
    unit[i] = 1;
    product(unit.data(), H.data() + i * n, nullptr, cancel);
    unit[i] = 0;
  }
  for (int64_t i = 0; i < n; ++i) {
    for (int64_t j = 0; j < i; ++j) H[i * n + j] = H[j * n + i] = 0.5 * (H[i * n + j] + H[j * n + i]);
  }
  return 2 * n;
}

}  // namespace gnvpro
