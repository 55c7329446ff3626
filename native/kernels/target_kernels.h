// Which of a file's kernels run: those of the instruction set that the elementwise kernels have chosen. To be included
// behind highway.h, within HWY_ONCE.
#pragma once

#include <hwy/highway.h>

#include <initializer_list>
#include <string_view>

#include "kernels/elementwise.h"

namespace gnvpro {

template <typename Kernels>
using GetKernels = const Kernels& (*)();

template <typename Kernels>
struct TargetKernels {
  std::string_view target;
  GetKernels<Kernels> kernels;  // not to be called on a machine without the target: it is compiled for that
};

template <typename Kernels>
const Kernels& kernelsOf(std::initializer_list<TargetKernels<Kernels>> candidates, GetKernels<Kernels> baseline) {
  for (const TargetKernels<Kernels>& candidate : candidates) {
    if (candidate.target == elementwise::target()) return candidate.kernels();
  }
  return baseline();
}

}  // namespace gnvpro

#if HWY_TARGETS & HWY_AVX3
#define GNVPRO_KERNELS_AVX3 {"AVX3", N_AVX3::kernels},
#else
#define GNVPRO_KERNELS_AVX3
#endif
#if HWY_TARGETS & HWY_AVX2
#define GNVPRO_KERNELS_AVX2 {"AVX2", N_AVX2::kernels},
#else
#define GNVPRO_KERNELS_AVX2
#endif
#if HWY_TARGETS & HWY_SSSE3
#define GNVPRO_KERNELS_SSSE3 {"SSSE3", N_SSSE3::kernels},
#else
#define GNVPRO_KERNELS_SSSE3
#endif

/** In a namespace with a type Kernels and, for each target, a function kernels(). */
#define GNVPRO_CHOSEN_KERNELS()                                                                \
  ::gnvpro::kernelsOf<Kernels>({GNVPRO_KERNELS_AVX3 GNVPRO_KERNELS_AVX2 GNVPRO_KERNELS_SSSE3}, \
                               HWY_STATIC_DISPATCH(kernels))
