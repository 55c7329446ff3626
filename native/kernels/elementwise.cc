#include "kernels/elementwise.h"

#include <cstdlib>
#include <string_view>
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

/** The entry points of one target. */
struct Kernels {
  using Unary = void (*)(double parameter, int64_t n, const double* x, double* y);
  using Derivative = void (*)(double parameter, int64_t n, const double* x, const double* y, double* d);
  using Binary = void (*)(int64_t n, const double* a, const double* b, double* c);
  using Scale = void (*)(int64_t n, double alpha, const double* a, double* c);
  using Row = void (*)(int64_t rows, int64_t cols, const double* a, const double* row, double* c);

  const char* target;
  Unary unary[kUnaryKindCount];
  Derivative derivative[kUnaryKindCount];
  Binary add, sub, mul;
  Scale scale;
  Row addRow, mulRow;
};

}  // namespace gnvpro::elementwise
#endif

HWY_BEFORE_NAMESPACE();
namespace gnvpro::elementwise::HWY_NAMESPACE {

// The last few elements go through the same vector code as all others; the lanes behind them hold zeros.
#if HWY_MEM_OPS_MIGHT_FAULT  // no masked loads that leave the memory behind the end alone
HWY_INLINE V loadPart(const double* p, int64_t count) {
  HWY_ALIGN double buffer[hn::MaxLanes(D())] = {};
  for (int64_t i = 0; i < count; ++i) buffer[i] = p[i];
  return hn::Load(D(), buffer);
}
HWY_INLINE void storePart(V v, double* p, int64_t count) {
  HWY_ALIGN double buffer[hn::MaxLanes(D())];
  hn::Store(v, D(), buffer);
  for (int64_t i = 0; i < count; ++i) p[i] = buffer[i];
}
#else
HWY_INLINE V loadPart(const double* p, int64_t count) {
  return hn::MaskedLoad(hn::FirstN(D(), static_cast<size_t>(count)), D(), p);
}
HWY_INLINE void storePart(V v, double* p, int64_t count) {
  hn::BlendedStore(v, hn::FirstN(D(), static_cast<size_t>(count)), D(), p);
}
#endif

HWY_INLINE int64_t lanes() { return static_cast<int64_t>(hn::Lanes(D())); }

template <class Kind>
void unaryLoop(double parameter, int64_t n, const double* x, double* y) {
  int64_t i = 0;
  for (; i + lanes() <= n; i += lanes()) hn::StoreU(Kind::value(hn::LoadU(D(), x + i), parameter), D(), y + i);
  if (i < n) storePart(Kind::value(loadPart(x + i, n - i), parameter), y + i, n - i);
}

template <class Kind>
void derivativeLoop(double parameter, int64_t n, const double* x, const double* y, double* d) {
  int64_t i = 0;
  for (; i + lanes() <= n; i += lanes()) {
    hn::StoreU(Kind::derivative(hn::LoadU(D(), x + i), hn::LoadU(D(), y + i), parameter), D(), d + i);
  }
  if (i < n) storePart(Kind::derivative(loadPart(x + i, n - i), loadPart(y + i, n - i), parameter), d + i, n - i);
}

struct Add {
  static HWY_INLINE V apply(V a, V b) { return hn::Add(a, b); }
};
struct Sub {
  static HWY_INLINE V apply(V a, V b) { return hn::Sub(a, b); }
};
struct Mul {
  static HWY_INLINE V apply(V a, V b) { return hn::Mul(a, b); }
};

template <class Operation>
void binaryLoop(int64_t n, const double* a, const double* b, double* c) {
  int64_t i = 0;
  for (; i + lanes() <= n; i += lanes()) {
    hn::StoreU(Operation::apply(hn::LoadU(D(), a + i), hn::LoadU(D(), b + i)), D(), c + i);
  }
  if (i < n) storePart(Operation::apply(loadPart(a + i, n - i), loadPart(b + i, n - i)), c + i, n - i);
}

void scaleLoop(int64_t n, double alpha, const double* a, double* c) {
  int64_t i = 0;
  for (; i + lanes() <= n; i += lanes()) hn::StoreU(hn::Mul(hn::LoadU(D(), a + i), constant(alpha)), D(), c + i);
  if (i < n) storePart(hn::Mul(loadPart(a + i, n - i), constant(alpha)), c + i, n - i);
}

/** Narrow matrices are walked as one long vector, so that no row ends in a part of a vector. */
constexpr int64_t kNarrow = 64;

/** The row goes on periodically in a buffer, from which a vector is read at the column where it stands. */
template <class Operation>
void narrowRowLoop(int64_t n, int64_t cols, const double* a, const double* row, double* c) {
  double period[kNarrow + hn::MaxLanes(D())];
  for (int64_t i = 0; i < cols; ++i) period[i] = row[i];
  for (int64_t i = 0; i < lanes(); ++i) period[cols + i] = period[i];

  const int64_t step = lanes() % cols;
  const int64_t back = step - cols;
  int64_t i = 0;
  int64_t column = 0;
  for (; i + lanes() <= n; i += lanes()) {
    hn::StoreU(Operation::apply(hn::LoadU(D(), a + i), hn::LoadU(D(), period + column)), D(), c + i);
    const int64_t wrapped = column + back;  // beside the next line, not after it: this chain limits the speed
    column += step;
    column = wrapped < 0 ? column : wrapped;
  }
  if (i < n) storePart(Operation::apply(loadPart(a + i, n - i), hn::LoadU(D(), period + column)), c + i, n - i);
}

template <class Operation>
void rowLoop(int64_t rows, int64_t cols, const double* a, const double* row, double* c) {
  if (cols <= 0) return;
  if (cols <= kNarrow) return narrowRowLoop<Operation>(rows * cols, cols, a, row, c);
  for (int64_t i = 0; i < rows; ++i) binaryLoop<Operation>(cols, a + i * cols, row, c + i * cols);
}

#define GNVPRO_VALUE(name, Function, parameter) unaryLoop<Function>,
#define GNVPRO_DERIVATIVE(name, Function, parameter) derivativeLoop<Function>,

const Kernels& kernels() {
  static const Kernels kKernels = {
      hwy::TargetName(HWY_TARGET),
      {GNVPRO_UNARY_FUNCTIONS(GNVPRO_VALUE)},
      {GNVPRO_UNARY_FUNCTIONS(GNVPRO_DERIVATIVE)},
      binaryLoop<Add>,
      binaryLoop<Sub>,
      binaryLoop<Mul>,
      scaleLoop,
      rowLoop<Add>,
      rowLoop<Mul>,
  };
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

}  // namespace

void unary(UnaryKind kind, double parameter, int64_t n, const double* x, double* y) {
  chosen().unary[static_cast<int32_t>(kind)](parameter, n, x, y);
}

void unaryDerivative(UnaryKind kind, double parameter, int64_t n, const double* x, const double* y, double* d) {
  chosen().derivative[static_cast<int32_t>(kind)](parameter, n, x, y, d);
}

void add(int64_t n, const double* a, const double* b, double* c) { chosen().add(n, a, b, c); }
void sub(int64_t n, const double* a, const double* b, double* c) { chosen().sub(n, a, b, c); }
void mul(int64_t n, const double* a, const double* b, double* c) { chosen().mul(n, a, b, c); }

void scale(int64_t n, double alpha, const double* a, double* c) { chosen().scale(n, alpha, a, c); }

void addRow(int64_t rows, int64_t cols, const double* a, const double* row, double* c) {
  chosen().addRow(rows, cols, a, row, c);
}

void mulRow(int64_t rows, int64_t cols, const double* a, const double* row, double* c) {
  chosen().mulRow(rows, cols, a, row, c);
}

const char* target() { return chosen().target; }

}  // namespace gnvpro::elementwise
#endif
