#include "kernels/rowwise.h"

#include <algorithm>

namespace gnvpro::rowwise {

std::vector<Run> gatherRuns(std::span<const int32_t> indices) {
  std::vector<Run> runs;
  const auto size = static_cast<int64_t>(indices.size());
  for (int64_t j = 0; j < size; ++j) {
    const int64_t source = indices[j];
    const bool joins =
        !runs.empty() && (source == -1 ? runs.back().source == -1
                                       : runs.back().source != -1 && source == runs.back().source + runs.back().length);
    if (joins) {
      ++runs.back().length;
    } else {
      runs.push_back({source, j, 1});
    }
  }
  return runs;
}

std::vector<Run> scatterRuns(std::span<const int32_t> indices) {
  std::vector<Run> runs;
  const auto size = static_cast<int64_t>(indices.size());
  for (int64_t i = 0; i < size; ++i) {
    const int64_t target = indices[i];
    if (target == -1) continue;
    const bool joins = !runs.empty() && target == runs.back().target + runs.back().length &&
                       i == runs.back().source + runs.back().length;
    if (joins) {
      ++runs.back().length;
    } else {
      runs.push_back({i, target, 1});
    }
  }
  return runs;
}

template <typename T>
void gather(int64_t rows, std::span<const Run> runs, const T* a, int64_t aCols, T* __restrict out, int64_t outCols) {
  for (int64_t n = 0; n < rows; ++n, a += aCols, out += outCols) {
    for (const Run& run : runs) {
      T* __restrict to = out + run.target;
      if (run.source == -1) {
        for (int64_t j = 0; j < run.length; ++j) to[j] = 0;
      } else {
        const T* from = a + run.source;
        for (int64_t j = 0; j < run.length; ++j) to[j] = from[j];
      }
    }
  }
}

template <typename T>
void scatter(int64_t rows, std::span<const Run> runs, const T* a, int64_t aCols, T* __restrict out, int64_t outCols) {
  std::fill_n(out, rows * outCols, T{0});
  for (int64_t n = 0; n < rows; ++n, a += aCols, out += outCols) {
    for (const Run& run : runs) {
      const T* from = a + run.source;
      T* __restrict to = out + run.target;
      for (int64_t j = 0; j < run.length; ++j) to[j] += from[j];
    }
  }
}

template <typename T>
void place(int64_t rows, const T* a, int64_t aCols, T* __restrict out, int64_t outCols, int64_t first) {
  out += first;
  for (int64_t n = 0; n < rows; ++n, a += aCols, out += outCols) {
    for (int64_t j = 0; j < aCols; ++j) out[j] = a[j];
  }
}

template <typename T>
void broadcast(int64_t rows, int64_t cols, const T* row, T* __restrict out) {
  for (int64_t n = 0; n < rows; ++n, out += cols) std::copy_n(row, cols, out);
}

template <typename T>
void sum(int64_t rows, int64_t cols, const T* a, bool accumulate, T* __restrict out) {
  if (!accumulate) std::fill_n(out, cols, T{0});
  for (int64_t n = 0; n < rows; ++n, a += cols) {
    for (int64_t j = 0; j < cols; ++j) out[j] += a[j];
  }
}

template <typename T>
void addChannels(int64_t rows, int64_t channels, int64_t length, const T* a, const T* row, T* out) {
  for (int64_t n = 0; n < rows; ++n) {
    for (int64_t c = 0; c < channels; ++c, a += length, out += length) {
      for (int64_t j = 0; j < length; ++j) out[j] = a[j] + row[c];
    }
  }
}

template <typename T>
void sumChannels(int64_t rows, int64_t channels, int64_t length, const T* a, bool accumulate, T* __restrict out) {
  constexpr int64_t kLanes = 8;  // as many sums at a time: one alone waits for itself
  if (!accumulate) std::fill_n(out, channels, T{0});
  for (int64_t n = 0; n < rows; ++n) {
    for (int64_t c = 0; c < channels; ++c, a += length) {
      T sums[kLanes] = {};
      int64_t j = 0;
      for (; j + kLanes <= length; j += kLanes) {
        for (int64_t k = 0; k < kLanes; ++k) sums[k] += a[j + k];
      }
      for (; j < length; ++j) sums[0] += a[j];
      for (int64_t k = 0; k < kLanes; ++k) out[c] += sums[k];
    }
  }
}

template <typename T>
void outer(int64_t rows, int64_t k, int64_t c, const T* a, const T* b, T* __restrict out) {
  for (int64_t n = 0; n < rows; ++n, a += k, b += c) {
    for (int64_t i = 0; i < k; ++i, out += c) {
      for (int64_t j = 0; j < c; ++j) out[j] = a[i] * b[j];
    }
  }
}

#define GNVPRO_ROWWISE(T)                                                                             \
  template void gather<T>(int64_t, std::span<const Run>, const T*, int64_t, T* __restrict, int64_t);  \
  template void scatter<T>(int64_t, std::span<const Run>, const T*, int64_t, T* __restrict, int64_t); \
  template void place<T>(int64_t, const T*, int64_t, T* __restrict, int64_t, int64_t);                \
  template void broadcast<T>(int64_t, int64_t, const T*, T* __restrict);                              \
  template void sum<T>(int64_t, int64_t, const T*, bool, T* __restrict);                              \
  template void addChannels<T>(int64_t, int64_t, int64_t, const T*, const T*, T*);                    \
  template void sumChannels<T>(int64_t, int64_t, int64_t, const T*, bool, T* __restrict);             \
  template void outer<T>(int64_t, int64_t, int64_t, const T*, const T*, T* __restrict);
GNVPRO_ROWWISE(double)
GNVPRO_ROWWISE(float)
#undef GNVPRO_ROWWISE

}  // namespace gnvpro::rowwise
