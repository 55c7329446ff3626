// Kernels that move or combine whole rows. All matrices are row-major and contiguous.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace gnvpro::rowwise {

/** Neighbouring entries that move together; `source` or `target` −1: no counterpart. */
struct Run {
  int64_t source;
  int64_t target;
  int64_t length;
};

/** The runs of out[j] = a[indices[j]]; an index −1 makes a run without source. */
std::vector<Run> gatherRuns(std::span<const int32_t> indices);
/** The runs of out[indices[i]] += a[i], in the order of i; entries with index −1 are left out. */
std::vector<Run> scatterRuns(std::span<const int32_t> indices);

template <typename T>
void gather(int64_t rows, std::span<const Run> runs, const T* a, int64_t aCols, T* __restrict out, int64_t outCols);
template <typename T>
void scatter(int64_t rows, std::span<const Run> runs, const T* a, int64_t aCols, T* __restrict out, int64_t outCols);

/** Writes a (rows × aCols) into columns [first, first + aCols) of out (rows × outCols). */
template <typename T>
void place(int64_t rows, const T* a, int64_t aCols, T* __restrict out, int64_t outCols, int64_t first);
template <typename T>
void broadcast(int64_t rows, int64_t cols, const T* row, T* __restrict out);
/** out = column sums of a, or out += them. */
template <typename T>
void sum(int64_t rows, int64_t cols, const T* a, bool accumulate, T* __restrict out);
/** out = a + row, an entry of the row for `length` columns each. */
template <typename T>
void addChannels(int64_t rows, int64_t channels, int64_t length, const T* a, const T* row, T* out);
/** out = sums of a over its rows and `length` columns each, or out += them. */
template <typename T>
void sumChannels(int64_t rows, int64_t channels, int64_t length, const T* a, bool accumulate, T* __restrict out);
/** Row n of out is the outer product of row n of a (k) and row n of b (c). */
template <typename T>
void outer(int64_t rows, int64_t k, int64_t c, const T* a, const T* b, T* __restrict out);

}  // namespace gnvpro::rowwise
