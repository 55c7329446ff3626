// Principal components of rows of numbers.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "parallel/cancel.h"
#include "statistics/moments.h"

namespace gnvpro {

struct PrincipalComponents {
  std::vector<double> mean;
  /** s/√Σω of the singular values s of X − x̄, descending: at least the largest `components`, those of all columns that
   * vary where these are not clearly above rounding; NaN where differences overflow. */
  std::vector<double> deviations;
  std::vector<double> Vt;  // their right singular vectors, components × d, row-major
};

/** X is samples × d; weights samples or empty; components ≤ d. */
PrincipalComponents principalComponents(int64_t samples, const Rows& X, int64_t components,
                                        std::span<const double> weights, const Cancel& cancel);

}  // namespace gnvpro
