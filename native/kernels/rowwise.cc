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

void gather(int64_t rows, std::span<const Run> runs, const double* a, int64_t aCols, double* __restrict out,
            int64_t outCols) {
  for (int64_t n = 0; n < rows; ++n, a += aCols, out += outCols) {
    for (const Run& run : runs) {
      double* __restrict to = out + run.target;
      if (run.source == -1) {
        for (int64_t j = 0; j < run.length; ++j) to[j] = 0;
      } else {
        const double* from = a + run.source;
        for (int64_t j = 0; j < run.length; ++j) to[j] = from[j];
      }
    }
  }
}

void scatter(int64_t rows, std::span<const Run> runs, const double* a, int64_t aCols, double* __restrict out,
             int64_t outCols) {
  std::fill_n(out, rows * outCols, 0.0);
  for (int64_t n = 0; n < rows; ++n, a += aCols, out += outCols) {
    for (const Run& run : runs) {
      const double* from = a + run.source;
      double* __restrict to = out + run.target;
      for (int64_t j = 0; j < run.length; ++j) to[j] += from[j];
    }
  }
}

void place(int64_t rows, const double* a, int64_t aCols, double* __restrict out, int64_t outCols, int64_t first) {
  out += first;
  for (int64_t n = 0; n < rows; ++n, a += aCols, out += outCols) {
    for (int64_t j = 0; j < aCols; ++j) out[j] = a[j];
  }
}

void broadcast(int64_t rows, int64_t cols, const double* row, double* __restrict out) {
  for (int64_t n = 0; n < rows; ++n, out += cols) std::copy_n(row, cols, out);
}

void sum(int64_t rows, int64_t cols, const double* a, bool accumulate, double* __restrict out) {
  if (!accumulate) std::fill_n(out, cols, 0.0);
  for (int64_t n = 0; n < rows; ++n, a += cols) {
    for (int64_t j = 0; j < cols; ++j) out[j] += a[j];
  }
}

void addChannels(int64_t rows, int64_t channels, int64_t length, const double* a, const double* row, double* out) {
  for (int64_t n = 0; n < rows; ++n) {
    for (int64_t c = 0; c < channels; ++c, a += length, out += length) {
      for (int64_t j = 0; j < length; ++j) out[j] = a[j] + row[c];
    }
  }
}

void sumChannels(int64_t rows, int64_t channels, int64_t length, const double* a, bool accumulate,
                 double* __restrict out) {
  constexpr int64_t kLanes = 8;  // as many sums at a time: one alone waits for itself
  if (!accumulate) std::fill_n(out, channels, 0.0);
  for (int64_t n = 0; n < rows; ++n) {
    for (int64_t c = 0; c < channels; ++c, a += length) {
      double sums[kLanes] = {};
      int64_t j = 0;
      for (; j + kLanes <= length; j += kLanes) {
        for (int64_t k = 0; k < kLanes; ++k) sums[k] += a[j + k];
      }
      for (; j < length; ++j) sums[0] += a[j];
      for (int64_t k = 0; k < kLanes; ++k) out[c] += sums[k];
    }
  }
}

void outer(int64_t rows, int64_t k, int64_t c, const double* a, const double* b, double* __restrict out) {
  for (int64_t n = 0; n < rows; ++n, a += k, b += c) {
    for (int64_t i = 0; i < k; ++i, out += c) {
      for (int64_t j = 0; j < c; ++j) out[j] = a[i] * b[j];
    }
  }
}

}  // namespace gnvpro::rowwise
