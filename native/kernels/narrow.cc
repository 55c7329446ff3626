#include "kernels/narrow.h"

#include <algorithm>
#include <vector>

// The same targets as the elementwise kernels, which choose one of them.
#define HWY_DISABLED_TARGETS (HWY_AVX3_DL | HWY_SSE4 | HWY_SVE | HWY_SVE2 | HWY_SVE_256 | HWY_SVE2_128)
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/narrow.cc"
#include <hwy/foreach_target.h>
// Behind foreach_target.h:
#include <hwy/highway.h>

#ifndef GNVPRO_PROGRAM_NARROW_KERNELS_
#define GNVPRO_PROGRAM_NARROW_KERNELS_
namespace gnvpro::narrow {

/** The entry points of one target; W comes transposed, w × padded columns. */
struct Kernels {
  int64_t lanes;
  void (*times)(int64_t rows, int64_t w, int64_t t, const double* Z, const double* packed, const double* bias,
                double* S);
};

inline constexpr int64_t kMostColumns = 24;

}  // namespace gnvpro::narrow
#endif

HWY_BEFORE_NAMESPACE();
namespace gnvpro::narrow::HWY_NAMESPACE {

namespace hn = hwy::HWY_NAMESPACE;

using D = hn::ScalableTag<double>;
using V = hn::Vec<D>;

/**
 * R rows of S at once: each column of the packed W is loaded once for all of them. `Spill`: what the last vector of a
 * row writes behind it, the next row overwrites.
 */
template <int R, int Vectors, bool Spill>
HWY_INLINE void timesRows(int64_t w, int64_t t, const double* Z, const double* packed, const double* bias, double* S) {
  const int64_t lanes = static_cast<int64_t>(hn::Lanes(D())), padded = Vectors * lanes;
  V sums[R][Vectors];
  for (int r = 0; r < R; ++r) {
    for (int v = 0; v < Vectors; ++v) sums[r][v] = hn::LoadU(D(), bias + v * lanes);
  }
  for (int64_t i = 0; i < w; ++i) {
    V columns[Vectors];
    for (int v = 0; v < Vectors; ++v) columns[v] = hn::LoadU(D(), packed + i * padded + v * lanes);
    for (int r = 0; r < R; ++r) {
      const V z = hn::Set(D(), Z[r * w + i]);
      for (int v = 0; v < Vectors; ++v) sums[r][v] = hn::MulAdd(z, columns[v], sums[r][v]);
    }
  }
  if constexpr (Spill) {
    for (int r = 0; r < R; ++r) {
      for (int v = 0; v < Vectors; ++v) hn::StoreU(sums[r][v], D(), S + r * t + v * lanes);
    }
    return;
  }
  HWY_ALIGN double row[Vectors * hn::MaxLanes(D())];
  for (int r = 0; r < R; ++r) {
    for (int v = 0; v < Vectors; ++v) hn::Store(sums[r][v], D(), row + v * lanes);
    for (int64_t j = 0; j < t; ++j) S[r * t + j] = row[j];
  }
}

template <int Vectors>
void timesAll(int64_t rows, int64_t w, int64_t t, const double* Z, const double* packed, const double* bias,
              double* S) {
  constexpr int kRows = Vectors <= 3 ? 4 : Vectors <= 6 ? 2 : 1;  // as many sums as there are registers
  const int64_t lanes = static_cast<int64_t>(hn::Lanes(D()));
  const int64_t spilt = (Vectors * lanes - t + t - 1) / t;  // rows
  int64_t n = 0;
  for (; n + kRows + spilt <= rows; n += kRows) {
    timesRows<kRows, Vectors, true>(w, t, Z + n * w, packed, bias, S + n * t);
  }
  for (; n + kRows <= rows; n += kRows) timesRows<kRows, Vectors, false>(w, t, Z + n * w, packed, bias, S + n * t);
  for (; n < rows; ++n) timesRows<1, Vectors, false>(w, t, Z + n * w, packed, bias, S + n * t);
}

void times(int64_t rows, int64_t w, int64_t t, const double* Z, const double* packed, const double* bias, double* S) {
  const int64_t lanes = static_cast<int64_t>(hn::Lanes(D()));
  switch ((t + lanes - 1) / lanes) {
    case 1:
      return timesAll<1>(rows, w, t, Z, packed, bias, S);
    case 2:
      return timesAll<2>(rows, w, t, Z, packed, bias, S);
    case 3:
      return timesAll<3>(rows, w, t, Z, packed, bias, S);
    case 4:
      return timesAll<4>(rows, w, t, Z, packed, bias, S);
    case 5:
      return timesAll<5>(rows, w, t, Z, packed, bias, S);
    case 6:
      return timesAll<6>(rows, w, t, Z, packed, bias, S);
    case 7:
    case 8:
    case 9:
    case 10:
    case 11:
    case 12:
      return timesAll<12>(rows, w, t, Z, packed, bias, S);
    default:
      // One lane a vector.
      return timesAll<kMostColumns>(rows, w, t, Z, packed, bias, S);
  }
}

const Kernels& kernels() {
  static const Kernels kKernels = {static_cast<int64_t>(hn::Lanes(D())), times};
  return kKernels;
}

}  // namespace gnvpro::narrow::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
#include "kernels/target_kernels.h"

namespace gnvpro::narrow {
namespace {

const Kernels& chosen() {
  static const Kernels& kernels = GNVPRO_CHOSEN_KERNELS();
  return kernels;
}

/** Vectors for which there is a kernel. */
int64_t paddedColumns(int64_t t, int64_t lanes) {
  const int64_t vectors = (t + lanes - 1) / lanes;
  return lanes * (vectors <= 6 ? vectors : vectors <= 12 ? 12 : kMostColumns);
}

}  // namespace

bool suits(int64_t t) { return t > 0 && t <= kMostColumns; }

void timesTransposed(int64_t rows, int64_t w, int64_t t, const double* Z, const double* W, int64_t ldW,
                     const double* bias, double* S) {
  const int64_t padded = paddedColumns(t, chosen().lanes);
  std::vector<double> packed((w + 1) * padded, 0.0);
  for (int64_t j = 0; j < t; ++j) {
    for (int64_t i = 0; i < w; ++i) packed[i * padded + j] = W[j * ldW + i];
    if (bias != nullptr) packed[w * padded + j] = bias[j * ldW];
  }
  chosen().times(rows, w, t, Z, packed.data(), packed.data() + w * padded, S);
}

}  // namespace gnvpro::narrow
#endif
