#include "assembly/mixing.h"

#include <algorithm>

#include "blas/blas.h"

namespace gnvpro {

void mixFeatures(int64_t r, int64_t w, const double* L, const double* gradients, int64_t size, double* out,
                 Pool& pool) {
  constexpr int64_t kPanel = 2048;
  pool.run((size + kPanel - 1) / kPanel, [&](int64_t panel, int) {
    const int64_t first = panel * kPanel;
    blas::gemm(false, false, r, std::min(kPanel, size - first), w, 1, L, w, gradients + first, size, 0, out + first,
               size);
  });
}

}  // namespace gnvpro
