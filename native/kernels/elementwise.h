// Elementwise kernels: activations, their derivatives and arithmetic, vectorised for the CPU found at run time.
//
// The bits of an element depend on its own operands and the chosen instruction set only, never on its position, on the
// length of the array or on its neighbours, so results do not depend on how samples are cut into tiles.
//
// Largest errors found, in units in the last place, subnormal results included (the second figure of sine: without
// FMA); test/native/elementwise.test.ts holds them to the bound.
//   tanh 2.52 (bound 2.6), sigmoid 2.25 (2.5), softplus 2.09 (2.5), sine 2.23, 2.45 (2.5), cosine 2.55 (2.6);
//   sine and cosine of |x| > 2²⁴ are those of the C library.
// relu, smoothRelu and inverseSqrt give the bits of their formulas.
// The derivatives of tanh and sigmoid are formed from the value, so they are accurate to an ulp of 1, not of
// themselves. NaN gives NaN, and infinities give the limits (sine: NaN;
// 1/√x is NaN for x < 0).
#pragma once

#include <array>
#include <cstdint>

namespace gnvpro {

/**
 * The elementwise functions in the order of their wire numbers: name, implementation in elementwise-inl.h, and whether
 * it needs a parameter.
 */
#define GNVPRO_UNARY_FUNCTIONS(F) \
  F(tanh, Tanh, false)            \
  F(sigmoid, Sigmoid, false)      \
  F(relu, Relu, false)            \
  F(smoothRelu, SmoothRelu, true) \
  F(softplus, Softplus, false)    \
  F(sine, Sine, false)            \
  F(exp, Exp, false)              \
  F(inverseSqrt, InverseSqrt, false)

enum class UnaryKind : int32_t {
#define GNVPRO_KIND(name, Function, parameter) name,
  GNVPRO_UNARY_FUNCTIONS(GNVPRO_KIND)
#undef GNVPRO_KIND
};

struct UnaryFunction {
  const char* name;
  bool parameter;
};

inline constexpr std::array kUnaryFunctions = {
#define GNVPRO_FUNCTION(name, Function, parameter) UnaryFunction{#name, parameter},
    GNVPRO_UNARY_FUNCTIONS(GNVPRO_FUNCTION)
#undef GNVPRO_FUNCTION
};
inline constexpr int32_t kUnaryKindCount = kUnaryFunctions.size();

}  // namespace gnvpro

namespace gnvpro::elementwise {

// Results may be written over an operand (the same pointer), but arrays must not overlap otherwise.

/** y = σ(x). The parameter is the η of smoothRelu; the other kinds ignore it. */
template <typename T>
void unary(UnaryKind kind, double parameter, int64_t n, const T* x, T* y);

/** d = σ'(x), where y = σ(x) is known already. */
template <typename T>
void unaryDerivative(UnaryKind kind, double parameter, int64_t n, const T* x, const T* y, T* d);

/** c = a + b, a − b, a ∘ b. */
template <typename T>
void add(int64_t n, const T* a, const T* b, T* c);
template <typename T>
void sub(int64_t n, const T* a, const T* b, T* c);
template <typename T>
void mul(int64_t n, const T* a, const T* b, T* c);

/** c = αa. */
template <typename T>
void scale(int64_t n, double alpha, const T* a, T* c);

/** c = a + row, c = a ∘ row, with the row repeated over the rows × cols matrix a. */
template <typename T>
void addRow(int64_t rows, int64_t cols, const T* a, const T* row, T* c);
template <typename T>
void mulRow(int64_t rows, int64_t cols, const T* a, const T* row, T* c);

/**
 * The instruction set in use: "AVX3" (AVX-512), "AVX2" (with FMA), "SSSE3", "NEON" or "SCALAR".
 * The best one of the CPU, or the one named by the environment variable GNVPRO_SIMD where the CPU has it.
 */
const char* target();

}  // namespace gnvpro::elementwise
