#include "kernels/block_product.h"

#include <algorithm>
#include <tuple>
#include <vector>

#include "blas/blas.h"

// The same targets as the elementwise kernels, which choose one of them.
#define HWY_DISABLED_TARGETS (HWY_AVX3_DL | HWY_SSE4 | HWY_SVE | HWY_SVE2 | HWY_SVE_256 | HWY_SVE2_128)
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/block_product.cc"
#include <hwy/foreach_target.h>
// Behind foreach_target.h:
#include <hwy/cache_control.h>
#include <hwy/highway.h>

#ifndef GNVPRO_PROGRAM_BLOCK_PRODUCT_KERNELS_
#define GNVPRO_PROGRAM_BLOCK_PRODUCT_KERNELS_
namespace gnvpro::block_product {

/** C (m × n) from `count` terms, each a column of op(A) times a row of B. */
template <typename T>
struct Product {
  int64_t m, n, count;
  T alpha;
  const T* A;
  int64_t lda;
  const T* B;
  int64_t ldb;
  bool add;
  T* C;
  int64_t ldc;
  Ahead<T>* ahead;
};

template <typename T>
struct Products {
  void (*times)(const Product<T>& product);
  void (*transposedTimes)(const Product<T>& product);
};

/** The entry points of one target. */
struct Kernels {
  std::tuple<Products<double>, Products<float>> products;
  void (*pairs)(const double* z, int64_t i, int64_t l, int64_t count, double* out);
};

inline constexpr int kRows = 6;            // of C at a time, two vectors wide: as many sums as registers hold
inline constexpr int64_t kStrip = 6144;    // doubles of B that stay in the first-level cache
inline constexpr int64_t kMinHeight = 48;  // of a strip: C is loaded and stored once for it

}  // namespace gnvpro::block_product
#endif

HWY_BEFORE_NAMESPACE();
namespace gnvpro::block_product::HWY_NAMESPACE {

namespace hn = hwy::HWY_NAMESPACE;

template <typename T>
using Tag = hn::ScalableTag<T>;

template <typename T>
HWY_INLINE int64_t lanes() {
  return static_cast<int64_t>(hn::Lanes(Tag<T>()));
}

/** The first `part` numbers of a vector, and nothing behind them. */
template <typename T>
HWY_INLINE hn::Vec<Tag<T>> loadPart(const T* p, int64_t part) {
  constexpr Tag<T> tag;
#if HWY_MEM_OPS_MIGHT_FAULT
  HWY_ALIGN T buffer[hn::MaxLanes(Tag<T>())] = {};
  for (int64_t i = 0; i < part; ++i) buffer[i] = p[i];
  return hn::Load(tag, buffer);
#else
  return hn::MaskedLoad(hn::FirstN(tag, static_cast<size_t>(part)), tag, p);
#endif
}

template <typename T>
HWY_INLINE void storePart(hn::Vec<Tag<T>> v, T* p, int64_t part) {
  HWY_ALIGN T buffer[hn::MaxLanes(Tag<T>())];
  hn::Store(v, Tag<T>(), buffer);
  for (int64_t i = 0; i < part; ++i) p[i] = buffer[i];
}

/** R rows of C, `Vectors` wide; with `part` > 0 the last vector has only so many columns. */
template <bool Transposed, int R, int Vectors, bool Part, typename T>
void block(const Product<T>& product, const T* a, const T* b, T* c, int64_t part) {
  using V = hn::Vec<Tag<T>>;
  constexpr Tag<T> tag;
  const int64_t across = Transposed ? 1 : product.lda, along = Transposed ? product.lda : 1;
  const int64_t step = lanes<T>(), ldb = product.ldb, ldc = product.ldc;
  const auto isPart = [](int v) { return Part && v == Vectors - 1; };
  V sums[R][Vectors];
  for (int r = 0; r < R; ++r) {
    for (int v = 0; v < Vectors; ++v) sums[r][v] = hn::Zero(tag);
  }
  auto [wanted, distance] =
      product.ahead != nullptr ? product.ahead->take(product.count, a) : typename Ahead<T>::Requests{a, 0};
  for (int64_t i = 0; i < product.count; ++i, a += along, b += ldb, wanted += distance) {
    hwy::Prefetch(wanted);
    V row[Vectors];
    for (int v = 0; v < Vectors; ++v) row[v] = isPart(v) ? loadPart(b + v * step, part) : hn::LoadU(tag, b + v * step);
    for (int r = 0; r < R; ++r) {
      const V x = hn::Set(tag, a[r * across]);
      for (int v = 0; v < Vectors; ++v) sums[r][v] = hn::MulAdd(x, row[v], sums[r][v]);
    }
  }
  const V alpha = hn::Set(tag, product.alpha);
  for (int r = 0; r < R; ++r) {
    for (int v = 0; v < Vectors; ++v) {
      T* out = c + r * ldc + v * step;
      V sum = hn::Mul(alpha, sums[r][v]);
      if (product.add) sum = hn::Add(isPart(v) ? loadPart(out, part) : hn::LoadU(tag, out), sum);
      if (isPart(v)) {
        storePart(sum, out, part);
      } else {
        hn::StoreU(sum, tag, out);
      }
    }
  }
}

/** All columns of R rows. */
template <bool Transposed, int R, typename T>
void rowsOf(const Product<T>& product, int64_t first) {
  const T* a = product.A + first * (Transposed ? 1 : product.lda);
  T* c = product.C + first * product.ldc;
  const int64_t step = lanes<T>();
  int64_t j = 0;
  for (; j + 2 * step <= product.n; j += 2 * step) {
    block<Transposed, R, 2, false>(product, a, product.B + j, c + j, 0);
  }
  const int64_t rest = product.n - j;
  if (rest > step) return block<Transposed, R, 2, true>(product, a, product.B + j, c + j, rest - step);
  if (rest == step) return block<Transposed, R, 1, false>(product, a, product.B + j, c + j, 0);
  if (rest > 0) block<Transposed, R, 1, true>(product, a, product.B + j, c + j, rest);
}

/** The rows in blocks of about the same size. */
template <bool Transposed, typename T>
void all(const Product<T>& product) {
  const int64_t blocks = (product.m + kRows - 1) / kRows;
  for (int64_t i = 0; i < blocks; ++i) {
    const int64_t first = i * product.m / blocks, rows = (i + 1) * product.m / blocks - first;
    switch (rows) {
      case 1:
        rowsOf<Transposed, 1>(product, first);
        break;
      case 2:
        rowsOf<Transposed, 2>(product, first);
        break;
      case 3:
        rowsOf<Transposed, 3>(product, first);
        break;
      case 4:
        rowsOf<Transposed, 4>(product, first);
        break;
      case 5:
        rowsOf<Transposed, 5>(product, first);
        break;
      default:
        rowsOf<Transposed, kRows>(product, first);
    }
  }
}

template <typename T>
void times(const Product<T>& product) {
  all<false>(product);
}

/** Strip after strip of the samples. */
template <typename T>
void transposedTimes(const Product<T>& product) {
  if (product.n == 0 || product.count == 0) return all<true>(product);
  const int64_t height = std::clamp<int64_t>(kStrip / product.n, kMinHeight, 128);
  Product<T> strip = product;
  for (int64_t begin = 0; begin < product.count; begin += height) {
    strip.count = std::min(height, product.count - begin);
    strip.A = product.A + begin * product.lda;
    strip.B = product.B + begin * product.ldb;
    strip.add = product.add || begin > 0;
    all<true>(strip);
  }
}

/** What is written behind the end of a row of pairs, the next one overwrites. */
void pairs(const double* z, int64_t i, int64_t l, int64_t count, double* out) {
  constexpr Tag<double> tag;
  const int64_t step = lanes<double>();
  for (int64_t q = 0; q < count; ++i, l = 0) {
    const int64_t run = std::min(count - q, i + 1 - l);
    const auto zi = hn::Set(tag, z[i]);
    for (int64_t k = 0; k < run; k += step) hn::StoreU(hn::Mul(zi, hn::LoadU(tag, z + l + k)), tag, out + q + k);
    q += run;
  }
}

const Kernels& kernels() {
  static const Kernels kKernels = {{{times<double>, transposedTimes<double>}, {times<float>, transposedTimes<float>}},
                                   pairs};
  return kKernels;
}

}  // namespace gnvpro::block_product::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
#include "kernels/target_kernels.h"

namespace gnvpro::block_product {
namespace {

constexpr int64_t kSmall = 8192;  // numbers of a matrix that stays in cache beside the rows of its products
constexpr int64_t kNarrow = 256;  // columns of a matrix whose columns are read in place
constexpr int64_t kTall = 32;     // rows for which the small matrix may be transposed
constexpr int64_t kSums = 12288;  // numbers of C that are added to for every strip

const Kernels& chosen() {
  static const Kernels& kernels = GNVPRO_CHOSEN_KERNELS();
  return kernels;
}

template <typename T>
const Products<T>& of() {
  return std::get<Products<T>>(chosen().products);
}

}  // namespace

template <typename T>
void times(int64_t m, int64_t n, int64_t k, std::type_identity_t<T> alpha, const T* A, int64_t lda, const T* B,
           int64_t ldb, bool add, T* C, int64_t ldc, Ahead<T>* ahead) {
  if (k * n > kSmall) return blas::gemm(false, false, m, n, k, alpha, A, lda, B, ldb, T(add ? 1 : 0), C, ldc);
  of<T>().times({m, n, k, alpha, A, lda, B, ldb, add, C, ldc, ahead});
}

template <typename T>
void timesTransposed(int64_t m, int64_t n, int64_t k, const T* A, int64_t lda, const T* B, int64_t ldb, T* C,
                     int64_t ldc, Ahead<T>* ahead) {
  if (k * n > kSmall || m < kTall) return blas::gemm(false, true, m, n, k, T(1), A, lda, B, ldb, T(0), C, ldc);
  std::vector<T> transposed(k * n);
  for (int64_t j = 0; j < n; ++j) {
    for (int64_t i = 0; i < k; ++i) transposed[i * n + j] = B[j * ldb + i];
  }
  of<T>().times({m, n, k, 1, A, lda, transposed.data(), n, false, C, ldc, ahead});
}

template <typename T>
void transposedTimes(int64_t m, int64_t n, int64_t rows, const T* A, int64_t lda, const T* B, int64_t ldb, bool add,
                     T* C, int64_t ldc, Ahead<T>* ahead) {
  if (m > kNarrow || m * n > kSums) {
    return blas::gemm(true, false, m, n, rows, T(1), A, lda, B, ldb, T(add ? 1 : 0), C, ldc);
  }
  of<T>().transposedTimes({m, n, rows, 1, A, lda, B, ldb, add, C, ldc, ahead});
}

#define GNVPRO_BLOCK_PRODUCT(T)                                                                                        \
  template void times<T>(int64_t, int64_t, int64_t, T, const T*, int64_t, const T*, int64_t, bool, T*, int64_t,        \
                         Ahead<T>*);                                                                                   \
  template void timesTransposed<T>(int64_t, int64_t, int64_t, const T*, int64_t, const T*, int64_t, T*, int64_t,       \
                                   Ahead<T>*);                                                                         \
  template void transposedTimes<T>(int64_t, int64_t, int64_t, const T*, int64_t, const T*, int64_t, bool, T*, int64_t, \
                                   Ahead<T>*);
GNVPRO_BLOCK_PRODUCT(double)
GNVPRO_BLOCK_PRODUCT(float)
#undef GNVPRO_BLOCK_PRODUCT

void pairs(const double* z, int64_t i, int64_t l, int64_t count, double* out) { chosen().pairs(z, i, l, count, out); }

}  // namespace gnvpro::block_product
#endif
