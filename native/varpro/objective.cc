#include "varpro/objective.h"

#include <stdexcept>

namespace gnvpro {

void ReducedObjective::slope(const double*, double*, const Cancel&) {
  throw std::logic_error("this projection takes no start");
}

std::vector<double> ReducedObjective::predict(const std::vector<double>&, const Cancel&) {
  throw std::logic_error("this projection takes no start");
}

}  // namespace gnvpro
