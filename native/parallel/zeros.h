// Large arrays of zeros. The first touch of memory may take longer than the arithmetic on it, so they poll meanwhile.
#pragma once

#include <algorithm>
#include <cstdint>
#include <vector>

#include "parallel/cancel.h"
#include "parallel/pool.h"

namespace gnvpro {

inline constexpr int64_t kZerosBetweenPolls = int64_t{1} << 17;

template <typename T = double>
std::vector<T> zeros(int64_t n, const Poll& poll) {
  std::vector<T> array;
  array.reserve(n);
  for (int64_t size = 0; size < n;) {
    poll();
    size = std::min(n, size + kZerosBetweenPolls);
    array.resize(size);
  }
  return array;
}

inline void fillZeros(std::vector<double>& array, Pool& pool) {
  const auto size = static_cast<int64_t>(array.size());
  pool.run((size + kZerosBetweenPolls - 1) / kZerosBetweenPolls, [&](int64_t chunk, int) {
    const int64_t begin = chunk * kZerosBetweenPolls;
    std::fill_n(array.data() + begin, std::min(kZerosBetweenPolls, size - begin), 0.0);
  });
}

}  // namespace gnvpro
