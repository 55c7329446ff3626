// The activations on one vector of doubles, compiled once per instruction set (so the guard is a toggle, not a
// #pragma).
//
// Own functions and not hwy/contrib/math: there Exp(NaN) is 0, Tanh is slower and less accurate (3 ulp), and Sin has a
// limited range. Polynomials are Taylor series, cut where the next term is below an eighth of an ulp.
#if defined(GNVPRO_PROGRAM_ELEMENTWISE_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef GNVPRO_PROGRAM_ELEMENTWISE_INL_H_
#undef GNVPRO_PROGRAM_ELEMENTWISE_INL_H_
#else
#define GNVPRO_PROGRAM_ELEMENTWISE_INL_H_
#endif

#include <hwy/highway.h>

#include <cmath>
#include <cstddef>
#include <cstdint>

HWY_BEFORE_NAMESPACE();
namespace gnvpro::elementwise::HWY_NAMESPACE {

namespace hn = hwy::HWY_NAMESPACE;

using D = hn::ScalableTag<double>;
using V = hn::Vec<D>;
using Bits = hn::RebindToSigned<D>;

HWY_INLINE V constant(double value) { return hn::Set(D(), value); }

/** Σ c_k x^k, the even and the odd terms side by side: two short chains of dependent operations hide more latency. */
template <size_t N>
HWY_INLINE V polynomial(V x, const double (&c)[N]) {
  static_assert(N >= 4 && N % 2 == 0);
  const V square = hn::Mul(x, x);
  V even = constant(c[N - 2]);
  V odd = constant(c[N - 1]);
  for (size_t k = N - 2; k > 0; k -= 2) {
    even = hn::MulAdd(even, square, constant(c[k - 2]));
    odd = hn::MulAdd(odd, square, constant(c[k - 1]));
  }
  return hn::MulAdd(odd, x, even);
}

/** `result` where x is a number, else the NaN x itself. */
HWY_INLINE V orNaN(V x, V result) { return hn::IfThenElse(hn::IsNaN(x), x, result); }

/** Adding it rounds |x| < 2⁵¹ to an integer, which then stands in the lowest bits of the sum. */
inline constexpr double kRounder = 0x1.8p52;

/** ln 2 in two parts; the first has 37 bits, so that its product with an exponent is exact without FMA, too. */
inline constexpr double kLn2 = 0x1.62e42fefa39efp-1;
inline constexpr double kLn2High = 0x1.62e42fefap-1;
inline constexpr double kLn2Low = 0x1.cf79abc9e3b3ap-40;

/** (eʳ − 1 − r)/r² on |r| ≤ ½ ln 2. */
inline constexpr double kExpm1[] = {1.0 / 2,       1.0 / 6,        1.0 / 24,          1.0 / 120,
                                    1.0 / 720,     1.0 / 5040,     1.0 / 40320,       1.0 / 362880,
                                    1.0 / 3628800, 1.0 / 39916800, 1.0 / 479001600.0, 1.0 / 6227020800.0};

/** eˣ = 2^q (1 + p) with an integer q and 1 + p in [1/√2, √2]. */
struct Exponential {
  V p;
  V rounded;  // q + kRounder

  HWY_INLINE explicit Exponential(V x) {
    rounded = hn::MulAdd(x, constant(1 / kLn2), constant(kRounder));
    const V q = hn::Sub(rounded, constant(kRounder));
    const V r = hn::NegMulAdd(q, constant(kLn2Low), hn::NegMulAdd(q, constant(kLn2High), x));
    p = hn::MulAdd(polynomial(r, kExpm1), hn::Mul(r, r), r);
  }

  /** 2^(q + shift); the exponent must be that of a normal number. */
  HWY_INLINE V power(int64_t shift) const {
    const auto exponent = hn::Add(hn::BitCast(Bits(), rounded), hn::Set(Bits(), 1023 + shift));
    return hn::BitCast(D(), hn::ShiftLeft<52>(exponent));  // the bits of kRounder fall off at the top
  }
};

/** e^−|x|, down to subnormal results and 0. Any number for NaN. */
HWY_INLINE V expOfMinusAbs(V x) {
  const Exponential e(hn::Neg(hn::Min(hn::Abs(x), constant(746))));  // e^−746 rounds to 0
  // In two steps, since 2^q alone may be below the normal numbers; only the second one rounds.
  return hn::Mul(hn::Mul(hn::Add(e.p, constant(1)), e.power(64)), constant(0x1p-64));
}

/** eˣ, down to subnormal results and 0, up to infinity. */
struct Exp {
  static HWY_INLINE V value(V x, double) {
    const Exponential e(hn::Min(hn::Max(x, constant(-746)), constant(710)));
    const V significand = hn::Add(e.p, constant(1));
    const V small = hn::Mul(hn::Mul(significand, e.power(64)), constant(0x1p-64));
    const V large = hn::Mul(hn::Mul(significand, e.power(-64)), constant(0x1p64));
    return orNaN(x, hn::IfThenElse(hn::Lt(x, hn::Zero(D())), small, large));
  }
  static HWY_INLINE V derivative(V, V y, double) { return y; }
};

struct Tanh {
  /** tanh |x| = −E/(2 + E) with E = e^−2|x| − 1 in [−1, 0]: nothing cancels and nothing overflows. */
  static HWY_INLINE V value(V x, double) {
    const Exponential e(hn::Mul(hn::Min(hn::Abs(x), constant(20)), constant(-2)));
    const V power = e.power(0);
    const V E = hn::MulAdd(power, e.p, hn::Sub(power, constant(1)));
    const V quotient = hn::Div(E, hn::Add(E, constant(2)));
    return orNaN(x, hn::CopySign(quotient, x));
  }
  static HWY_INLINE V derivative(V, V y, double) { return hn::Mul(hn::Sub(constant(1), y), hn::Add(constant(1), y)); }
};

struct Sigmoid {
  /** 1/(1 + e^−x) or eˣ/(1 + eˣ), whichever has the exponential of a negative number. */
  static HWY_INLINE V value(V x, double) {
    const V e = expOfMinusAbs(x);
    const V numerator = hn::IfThenElse(hn::Lt(x, hn::Zero(D())), e, constant(1));
    return orNaN(x, hn::Div(numerator, hn::Add(e, constant(1))));
  }
  static HWY_INLINE V derivative(V, V y, double) { return hn::Mul(y, hn::Sub(constant(1), y)); }
};

struct Relu {
  static HWY_INLINE V value(V x, double) { return hn::IfThenZeroElse(hn::Lt(x, hn::Zero(D())), x); }
  /** 1 at 0. */
  static HWY_INLINE V derivative(V x, V, double) {
    return orNaN(x, hn::IfThenElseZero(hn::Ge(x, hn::Zero(D())), constant(1)));
  }
};

/** The rectifier with its corner rounded by a parabola on [−η, η]. */
struct SmoothRelu {
  /** x²/4η + x/2 + η/4 = (x + η)²/4η; the square does not cancel near −η. */
  static HWY_INLINE V value(V x, double eta) {
    const V sum = hn::Add(x, constant(eta));
    const V parabola = hn::Mul(hn::Mul(sum, constant(0.25)), hn::Div(sum, constant(eta)));
    return hn::IfThenElse(hn::Gt(x, constant(eta)), x, hn::IfThenZeroElse(hn::Lt(x, constant(-eta)), parabola));
  }
  static HWY_INLINE V derivative(V x, V, double eta) {
    const V slope = hn::Mul(hn::Div(hn::Add(x, constant(eta)), constant(eta)), constant(0.5));
    return hn::IfThenElse(hn::Gt(x, constant(eta)), constant(1), hn::IfThenZeroElse(hn::Lt(x, constant(-eta)), slope));
  }
};

/** (ln(1 + f) − f + s·f)/s = 2s²(1/3 + s²/5 + s⁴/7 + …) with s = f/(2 + f), divided by 2s². */
inline constexpr double kLog1p[] = {1.0 / 3,  1.0 / 5,  1.0 / 7,  1.0 / 9,  1.0 / 11, 1.0 / 13,
                                    1.0 / 15, 1.0 / 17, 1.0 / 19, 1.0 / 21, 1.0 / 23, 1.0 / 25};

/** ln(1 + e) for e in [0, 1]. */
HWY_INLINE V log1pOfUnit(V e) {
  // Above ½, 1 + e = 2(1 + f) with f = (e − 1)/2, exactly; so |f| ≤ ½ and s = f/(2 + f) is in [−1/7, 1/5].
  const auto halve = hn::Gt(e, constant(0.5));
  const V f = hn::IfThenElse(halve, hn::Mul(hn::Sub(e, constant(1)), constant(0.5)), e);
  const V s = hn::Div(f, hn::Add(f, constant(2)));
  const V square = hn::Mul(s, s);
  const V series = hn::Mul(hn::Add(square, square), polynomial(square, kLog1p));
  // ln(1 + f) = 2 artanh s = f − s(f − series): f is exact and the rest is at most a fifth of it.
  const V log = hn::NegMulAdd(s, hn::Sub(f, series), f);
  return hn::IfThenElse(halve, hn::Add(log, constant(kLn2)), log);
}

struct Softplus {
  /** ln(1 + eˣ) = max(x, 0) + ln(1 + e^−|x|). */
  static HWY_INLINE V value(V x, double) {
    const V log = log1pOfUnit(expOfMinusAbs(x));
    return orNaN(x, hn::Add(hn::IfThenZeroElse(hn::Lt(x, hn::Zero(D())), x), log));
  }
  static HWY_INLINE V derivative(V x, V, double) { return Sigmoid::value(x, 0); }
};

/** π in four parts; three have few bits, so that products with |k| < 2²⁴ are exact without FMA, too. */
inline constexpr double kPi[] = {0x1.921fb54p+1, 0x1.10b46p-29, 0x1.1a6263p-53, 0x1.8a2e03707344ap-80};
inline constexpr double kPiInverse = 0x1.45f306dc9c883p-2;

/** Up to here the four parts of π do. */
inline constexpr double kSineRange = 0x1p24;

/** (sin r − r)/r³ in r² on |r| ≤ π/2. */
inline constexpr double kSine[] = {
    -1.0 / 6,
    1.0 / 120,
    -1.0 / 5040,
    1.0 / 362880,
    -1.0 / 39916800,
    1.0 / 6227020800.0,
    -1.0 / 1307674368000.0,
    1.0 / 355687428096000.0,
    -1.0 / 121645100408832000.0,
    1.0 / 51090942171709440000.0,
};

/** f(x) of the C library where |x| is beyond the reduction, else `result`. */
HWY_NOINLINE V beyondSineRange(V x, V result, double (*f)(double)) {
  HWY_ALIGN double arguments[hn::MaxLanes(D())];
  HWY_ALIGN double results[hn::MaxLanes(D())];
  hn::Store(x, D(), arguments);
  hn::Store(result, D(), results);
  for (size_t i = 0; i < hn::Lanes(D()); ++i) {
    if (std::abs(arguments[i]) > kSineRange) results[i] = f(arguments[i]);
  }
  return hn::Load(D(), results);
}

/** sin(r + kπ) = (−1)^k sin r, where x = r + (k + offset)π and offset is 0 or ½. */
HWY_INLINE V sineReduced(V x, double offset) {
  const V rounded = hn::Add(hn::MulAdd(x, constant(kPiInverse), constant(-offset)), constant(kRounder));
  const V k = hn::Add(hn::Sub(rounded, constant(kRounder)), constant(offset));
  V r = x;
  for (const double part : kPi) r = hn::NegMulAdd(k, constant(part), r);
  const V square = hn::Mul(r, r);
  const V sine = hn::MulAdd(polynomial(square, kSine), hn::Mul(square, r), r);
  return hn::Xor(sine, hn::BitCast(D(), hn::ShiftLeft<63>(hn::BitCast(Bits(), rounded))));
}

struct Sine {
  static HWY_INLINE V value(V x, double) {
    const V abs = hn::Abs(x);
    const V result = hn::Xor(sineReduced(abs, 0), hn::Xor(abs, x));
    if (HWY_LIKELY(hn::AllFalse(D(), hn::Gt(abs, constant(kSineRange))))) return result;
    return beyondSineRange(x, result, [](double argument) { return std::sin(argument); });
  }
  /** cos x = −sin(x − π/2). */
  static HWY_INLINE V derivative(V x, V, double) {
    const V abs = hn::Abs(x);
    const V result = hn::Neg(sineReduced(abs, 0.5));
    if (HWY_LIKELY(hn::AllFalse(D(), hn::Gt(abs, constant(kSineRange))))) return result;
    return beyondSineRange(x, result, [](double argument) { return std::cos(argument); });
  }
};

/** 1/√x, from two operations that are rounded correctly. */
struct InverseSqrt {
  static HWY_INLINE V value(V x, double) { return hn::Div(constant(1), hn::Sqrt(x)); }
  /** −½ x^(−3/2) = −½ y³ */
  static HWY_INLINE V derivative(V, V y, double) { return hn::Mul(hn::Mul(constant(-0.5), y), hn::Mul(y, y)); }
};

}  // namespace gnvpro::elementwise::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif
