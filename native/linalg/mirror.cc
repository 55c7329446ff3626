#include "linalg/mirror.h"

#include <algorithm>

namespace gnvpro {

void mirrorLower(int64_t n, double* H, Pool& pool) {
  constexpr int64_t kBlock = 32;  // so that the strided side stays in cache
  pool.run((n + kBlock - 1) / kBlock, [&](int64_t block, int) {
    const int64_t i0 = block * kBlock;
    for (int64_t j0 = 0; j0 <= i0; j0 += kBlock) {
      for (int64_t i = i0; i < std::min(i0 + kBlock, n); ++i) {
        for (int64_t j = j0; j < std::min(j0 + kBlock, i); ++j) H[j * n + i] = H[i * n + j];
      }
    }
  });
}

}  // namespace gnvpro
