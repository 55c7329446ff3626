#include "kernels/elementwise.h"

#include <cstdlib>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <vector>

// The targets: AVX3 (AVX-512), AVX2, SSSE3 and the baseline; AVX3_DL and SSE4 would add nothing here.
#define HWY_DISABLED_TARGETS (HWY_AVX3_DL | HWY_SSE4 | HWY_SVE | HWY_SVE2 | HWY_SVE_256 | HWY_SVE2_128)
// This file is compiled once per target: foreach_target.h includes it again for each.
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/elementwise.cc"
#include <hwy/foreach_target.h>
// Behind foreach_target.h:
#include <hwy/highway.h>

#include "kernels/elementwise-inl.h"

#ifndef GNVPRO_PROGRAM_ELEMENTWISE_KERNELS_
#define GNVPRO_PROGRAM_ELEMENTWISE_KERNELS_
namespace gnvpro::elementwise {

/** The entry points of one target, for numbers of one type. */
template <typename T>
struct KernelsOf {
  using Unary = void (*)(double parameter, int64_t n, const T* x, T* y);
  using Derivative = void (*)(double parameter, int64_t n, const T* x, const T* y, T* d);
  using Binary = void (*)(int64_t n, const T* a, const T* b, T* c);
  using Scale = void (*)(int64_t n, double alpha, const T* a, T* c);
  using Row = void (*)(int64_t rows, int64_t cols, const T* a, const T* row, T* c);

  Unary unary[kUnaryKindCount];
  Derivative derivative[kUnaryKindCount];
  Binary add, sub, mul;
  Scale scale;
  Row addRow, mulRow;
};

struct Kernels {
  const char* target;
  std::tuple<KernelsOf<double>, KernelsOf<float>> ofType;
};

}  // namespace gnvpro::elementwise
#endif

HWY_BEFORE_NAMESPACE();
namespace gnvpro::elementwise::HWY_NAMESPACE {

template <typename T>
using Tag = hn::ScalableTag<T>;

template <typename T>
HWY_INLINE int64_t lanes() {
  return static_cast<int64_t>(hn::Lanes(Tag<T>()));
}

// The last few elements go through the same vector code as all others; the lanes behind them hold zeros.
#if HWY_MEM_OPS_MIGHT_FAULT  // no masked loads that leave the memory behind the end alone
template <class N, typename T>
HWY_INLINE hn::Vec<N> loadPart(N tag, const T* p, int64_t count) {
  HWY_ALIGN T buffer[hn::MaxLanes(N())] = {};
  for (int64_t i = 0; i < count; ++i) buffer[i] = p[i];
  return hn::Load(tag, buffer);
}
template <class N, typename T>
HWY_INLINE void storePart(hn::Vec<N> v, N tag, T* p, int64_t count) {
  HWY_ALIGN T buffer[hn::MaxLanes(N())];
  hn::Store(v, tag, buffer);
  for (int64_t i = 0; i < count; ++i) p[i] = buffer[i];
}
#else
template <class N, typename T>
HWY_INLINE hn::Vec<N> loadPart(N tag, const T* p, int64_t count) {
  return hn::MaskedLoad(hn::FirstN(tag, static_cast<size_t>(count)), tag, p);
}
template <class N, typename T>
HWY_INLINE void storePart(hn::Vec<N> v, N tag, T* p, int64_t count) {
  hn::BlendedStore(v, hn::FirstN(tag, static_cast<size_t>(count)), tag, p);
}
#endif

// The functions are those of doubles: floats are widened on their way through the registers, and rounded once.
using Narrow = hn::Rebind<float, D>;

HWY_INLINE V wide(V v) { return v; }
HWY_INLINE V wide(hn::Vec<Narrow> v) { return hn::PromoteTo(D(), v); }
HWY_INLINE V rounded(V v, D) { return v; }
HWY_INLINE hn::Vec<Narrow> rounded(V v, Narrow) { return hn::DemoteTo(Narrow(), v); }

/** As many numbers as a vector of doubles has. */
template <typename T>
using DoublesTag = std::conditional_t<std::is_same_v<T, double>, D, Narrow>;

template <class Kind, typename T, class Vector>
HWY_INLINE Vector valueOf(double parameter, Vector x) {
  return rounded(Kind::value(wide(x), parameter), DoublesTag<T>());
}

template <class Kind, typename T, class Vector>
HWY_INLINE Vector derivativeOf(double parameter, Vector x, Vector y) {
  return rounded(Kind::derivative(wide(x), wide(y), parameter), DoublesTag<T>());
}

template <class Kind, typename T>
void unaryLoop(double parameter, int64_t n, const T* x, T* y) {
  constexpr DoublesTag<T> tag;
  const int64_t step = lanes<double>();
  int64_t i = 0;
  for (; i + step <= n; i += step) hn::StoreU(valueOf<Kind, T>(parameter, hn::LoadU(tag, x + i)), tag, y + i);
  if (i < n) storePart(valueOf<Kind, T>(parameter, loadPart(tag, x + i, n - i)), tag, y + i, n - i);
}

template <class Kind, typename T>
void derivativeLoop(double parameter, int64_t n, const T* x, const T* y, T* d) {
  constexpr DoublesTag<T> tag;
  const int64_t step = lanes<double>();
  int64_t i = 0;
  for (; i + step <= n; i += step) {
    hn::StoreU(derivativeOf<Kind, T>(parameter, hn::LoadU(tag, x + i), hn::LoadU(tag, y + i)), tag, d + i);
  }
  if (i == n) return;
  const auto last = derivativeOf<Kind, T>(parameter, loadPart(tag, x + i, n - i), loadPart(tag, y + i, n - i));
  storePart(last, tag, d + i, n - i);
}

struct Add {
  template <class Vector>
  static HWY_INLINE Vector apply(Vector a, Vector b) {
    return hn::Add(a, b);
  }
};
struct Sub {
  template <class Vector>
  static HWY_INLINE Vector apply(Vector a, Vector b) {
    return hn::Sub(a, b);
  }
};
struct Mul {
  template <class Vector>
  static HWY_INLINE Vector apply(Vector a, Vector b) {
    return hn::Mul(a, b);
  }
};

template <class Operation, typename T>
void binaryLoop(int64_t n, const T* a, const T* b, T* c) {
  constexpr Tag<T> tag;
  int64_t i = 0;
  for (; i + lanes<T>() <= n; i += lanes<T>()) {
    hn::StoreU(Operation::apply(hn::LoadU(tag, a + i), hn::LoadU(tag, b + i)), tag, c + i);
  }
  if (i < n) storePart(Operation::apply(loadPart(tag, a + i, n - i), loadPart(tag, b + i, n - i)), tag, c + i, n - i);
}

template <typename T>
void scaleLoop(int64_t n, double alpha, const T* a, T* c) {
  constexpr Tag<T> tag;
  const hn::Vec<Tag<T>> factor = hn::Set(tag, static_cast<T>(alpha));
  int64_t i = 0;
  for (; i + lanes<T>() <= n; i += lanes<T>()) hn::StoreU(hn::Mul(hn::LoadU(tag, a + i), factor), tag, c + i);
  if (i < n) storePart(hn::Mul(loadPart(tag, a + i, n - i), factor), tag, c + i, n - i);
}

/** Narrow matrices are walked as one long vector, so that no row ends in a part of a vector. */
constexpr int64_t kNarrow = 64;

/** The row goes on periodically in a buffer, from which a vector is read at the column where it stands. */
template <class Operation, typename T>
void narrowRowLoop(int64_t n, int64_t cols, const T* a, const T* row, T* c) {
  constexpr Tag<T> tag;
  T period[kNarrow + hn::MaxLanes(Tag<T>())];
  for (int64_t i = 0; i < cols; ++i) period[i] = row[i];
  for (int64_t i = 0; i < lanes<T>(); ++i) period[cols + i] = period[i];

  const int64_t step = lanes<T>() % cols;
  const int64_t back = step - cols;
  int64_t i = 0;
  int64_t column = 0;
  for (; i + lanes<T>() <= n; i += lanes<T>()) {
    hn::StoreU(Operation::apply(hn::LoadU(tag, a + i), hn::LoadU(tag, period + column)), tag, c + i);
    const int64_t wrapped = column + back;  // beside the next line, not after it: this chain limits the speed
    column += step;
    column = wrapped < 0 ? column : wrapped;
  }
  if (i < n) {
    storePart(Operation::apply(loadPart(tag, a + i, n - i), hn::LoadU(tag, period + column)), tag, c + i, n - i);
  }
}

template <class Operation, typename T>
void rowLoop(int64_t rows, int64_t cols, const T* a, const T* row, T* c) {
  if (cols <= 0) return;
  if (cols <= kNarrow) return narrowRowLoop<Operation, T>(rows * cols, cols, a, row, c);
  for (int64_t i = 0; i < rows; ++i) binaryLoop<Operation, T>(cols, a + i * cols, row, c + i * cols);
}

#define GNVPRO_VALUE(name, Function, parameter) unaryLoop<Function, T>,
#define GNVPRO_DERIVATIVE(name, Function, parameter) derivativeLoop<Function, T>,

template <typename T>
KernelsOf<T> kernelsOf() {
  return {
      {GNVPRO_UNARY_FUNCTIONS(GNVPRO_VALUE)},
      {GNVPRO_UNARY_FUNCTIONS(GNVPRO_DERIVATIVE)},
      binaryLoop<Add, T>,
      binaryLoop<Sub, T>,
      binaryLoop<Mul, T>,
      scaleLoop<T>,
      rowLoop<Add, T>,
      rowLoop<Mul, T>,
  };
}

const Kernels& kernels() {
  static const Kernels kKernels = {hwy::TargetName(HWY_TARGET), {kernelsOf<double>(), kernelsOf<float>()}};
  return kKernels;
}

#undef GNVPRO_VALUE
#undef GNVPRO_DERIVATIVE

}  // namespace gnvpro::elementwise::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace gnvpro::elementwise {
namespace {

using GetKernels = const Kernels& (*)();

struct Candidate {
  bool supported;
  const char* name;
  GetKernels kernels;  // not to be called where not supported: it is compiled for that target
};

/** Best first, without the baseline. Highway's own choice would need its library; the compiler's builtins do not. */
std::vector<Candidate> candidates() {
  std::vector<Candidate> found;
#if HWY_ARCH_X86
  __builtin_cpu_init();
  [[maybe_unused]] const bool ssse3 = __builtin_cpu_supports("ssse3");
  [[maybe_unused]] const bool avx2 = ssse3 && __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") &&
                                     __builtin_cpu_supports("bmi") && __builtin_cpu_supports("bmi2");
  [[maybe_unused]] const bool avx512 = avx2 && __builtin_cpu_supports("avx512f") &&
                                       __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512dq") &&
                                       __builtin_cpu_supports("avx512bw");
#endif
#if HWY_TARGETS & HWY_AVX3
  found.push_back({avx512, "AVX3", N_AVX3::kernels});
#endif
#if HWY_TARGETS & HWY_AVX2
  found.push_back({avx2, "AVX2", N_AVX2::kernels});
#endif
#if HWY_TARGETS & HWY_SSSE3
  found.push_back({ssse3, "SSSE3", N_SSSE3::kernels});
#endif
  return found;
}

const Kernels& choose() {
  const char* environment = std::getenv("GNVPRO_SIMD");
  const std::string_view wanted = environment == nullptr ? "" : environment;
  const GetKernels baseline = HWY_STATIC_DISPATCH(kernels);
  if (wanted == baseline().target) return baseline();
  const std::vector<Candidate> all = candidates();
  for (const Candidate& candidate : all) {
    if (candidate.supported && wanted == candidate.name) return candidate.kernels();
  }
  for (const Candidate& candidate : all) {
    if (candidate.supported) return candidate.kernels();
  }
  return baseline();
}

const Kernels& chosen() {
  static const Kernels& kernels = choose();
  return kernels;
}

template <typename T>
const KernelsOf<T>& of() {
  return std::get<KernelsOf<T>>(chosen().ofType);
}

}  // namespace

template <typename T>
void unary(UnaryKind kind, double parameter, int64_t n, const T* x, T* y) {
  of<T>().unary[static_cast<int32_t>(kind)](parameter, n, x, y);
}

template <typename T>
void unaryDerivative(UnaryKind kind, double parameter, int64_t n, const T* x, const T* y, T* d) {
  of<T>().derivative[static_cast<int32_t>(kind)](parameter, n, x, y, d);
}

template <typename T>
void add(int64_t n, const T* a, const T* b, T* c) {
  of<T>().add(n, a, b, c);
}

template <typename T>
void sub(int64_t n, const T* a, const T* b, T* c) {
  of<T>().sub(n, a, b, c);
}

template <typename T>
void mul(int64_t n, const T* a, const T* b, T* c) {
  of<T>().mul(n, a, b, c);
}

template <typename T>
void scale(int64_t n, double alpha, const T* a, T* c) {
  of<T>().scale(n, alpha, a, c);
}

template <typename T>
void addRow(int64_t rows, int64_t cols, const T* a, const T* row, T* c) {
  of<T>().addRow(rows, cols, a, row, c);
}

template <typename T>
void mulRow(int64_t rows, int64_t cols, const T* a, const T* row, T* c) {
  of<T>().mulRow(rows, cols, a, row, c);
}

#define GNVPRO_ELEMENTWISE(T)                                                           \
  template void unary<T>(UnaryKind, double, int64_t, const T*, T*);                     \
  template void unaryDerivative<T>(UnaryKind, double, int64_t, const T*, const T*, T*); \
  template void add<T>(int64_t, const T*, const T*, T*);                                \
  template void sub<T>(int64_t, const T*, const T*, T*);                                \
  template void mul<T>(int64_t, const T*, const T*, T*);                                \
  template void scale<T>(int64_t, double, const T*, T*);                                \
  template void addRow<T>(int64_t, int64_t, const T*, const T*, T*);                    \
  template void mulRow<T>(int64_t, int64_t, const T*, const T*, T*);
GNVPRO_ELEMENTWISE(double)
GNVPRO_ELEMENTWISE(float)
#undef GNVPRO_ELEMENTWISE

const char* target() { return chosen().target; }

}  // namespace gnvpro::elementwise
#endif
