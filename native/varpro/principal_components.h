// Principal components of rows of numbers.
#pragma once

#include <cstdint>
#include <vector>

#include "parallel/cancel.h"
#include "varpro/centred_qr.h"

namespace gnvpro {

struct PrincipalComponents {
  std::vector<double> mean;
  /** Of X − x̄: at least the `components` largest singular values, descending, all of them where these are not clearly
   * above rounding; NaN where squares overflow. */
  std::vector<double> s;
  std::vector<double> Vt;  // their right singular vectors, components × d, row-major
};

/** X is samples × d; components ≤ d. */
PrincipalComponents principalComponents(int64_t samples, const Rows& X, int64_t components, const Cancel& cancel);

}  // namespace gnvpro
