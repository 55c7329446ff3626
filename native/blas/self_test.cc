#include "blas/self_test.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdint>
#include <limits>
#include <vector>

#include "blas/blas.h"
#include "blas/buffer_lease.h"

namespace gnvpro::blas {
namespace {

using Vector = std::vector<double>;

constexpr double kEpsilon = std::numeric_limits<double>::epsilon();

/** What rounding may explain, in units of size · ε; what the kernels of OpenBLAS leave is below a tenth of it. */
constexpr double kUnits = 16;

/** Sixteenths between −1 and 1, without a pattern, the same everywhere: their products and short sums are exact. */
class Draw {
 public:
  double operator()() {
    state_ = state_ * 1664525u + 1013904223u;
    return (static_cast<int>(state_ >> 16) % 33 - 16) / 16.0;
  }

 private:
  uint32_t state_ = 2007;
};

/** Rows × columns of someone's numbers, in either order. */
struct View {
  int64_t rows, cols;
  const double* data;
  int64_t rowStep, colStep;

  double operator()(int64_t i, int64_t j) const { return data[i * rowStep + j * colStep]; }
  View transposed() const { return {cols, rows, data, colStep, rowStep}; }
};

View byRows(int64_t rows, int64_t cols, const Vector& data, int64_t ld) { return {rows, cols, data.data(), ld, 1}; }
View byColumns(int64_t rows, int64_t cols, const Vector& data) { return {rows, cols, data.data(), 1, rows}; }

enum class Part { all, lower, upper };

/** A x by plain loops; of a triangle where only that counts. */
Vector times(const View& A, const Vector& x, Part part = Part::all) {
  Vector y(A.rows);
  for (int64_t i = 0; i < A.rows; ++i) {
    const int64_t begin = part == Part::upper ? i : 0, end = part == Part::lower ? i + 1 : A.cols;
    for (int64_t j = begin; j < end; ++j) y[i] += A(i, j) * x[j];
  }
  return y;
}

/** y + αx */
Vector sum(Vector y, double alpha, const Vector& x) {
  for (size_t i = 0; i < y.size(); ++i) y[i] += alpha * x[i];
  return y;
}

/** A symmetric matrix of which only the lower triangle is there. */
Vector timesSymmetric(const View& A, const Vector& x) {
  Vector y = sum(times(A, x, Part::lower), 1, times(A.transposed(), x, Part::upper));
  for (int64_t i = 0; i < A.rows; ++i) y[i] -= A(i, i) * x[i];
  return y;
}

/** Runs the checks up to the first that finds a wrong result. */
class Checks {
 public:
  /** Where a result is; whoever asks again for another routine gets what was found first. */
  SelfTest result;

  bool passed() const { return result.routine == nullptr; }

  /** `size`: the length of the sums behind each number. */
  void compare(const char* routine, const Vector& actual, const Vector& expected, int64_t size) {
    double scale = 0, error = 0;
    for (const double e : expected) scale = std::max(scale, std::abs(e));
    for (size_t i = 0; i < actual.size(); ++i) {
      const double difference = std::abs(actual[i] - expected[i]) / scale;
      if (!(difference <= error)) error = difference;  // NaN stays
      if (std::isnan(error)) break;
    }
    if (!(error <= kUnits * kEpsilon * static_cast<double>(size))) fail(routine, error);
  }

  /** Numbers that nobody may have touched. */
  void same(const char* routine, bool is) {
    if (!is) fail(routine, std::numeric_limits<double>::infinity());
  }

  Vector vector(int64_t n) {
    Vector x(n);
    std::generate(x.begin(), x.end(), draw_);
    return x;
  }

  /** n × n, column-major, one triangle filled and 4 on its diagonal: far from singular. The other holds NaN. */
  Vector triangle(int64_t n, Part part) {
    Vector T(n * n, NAN);
    for (int64_t j = 0; j < n; ++j) {
      for (int64_t i = 0; i < n; ++i) {
        if (part == Part::lower ? i > j : i < j) T[j * n + i] = draw_() / 8;
      }
      T[j * (n + 1)] = 4;
    }
    return T;
  }

  /** n × n, symmetric. */
  Vector symmetric(int64_t n) {
    Vector A = vector(n * n);
    for (int64_t j = 0; j < n; ++j) {
      for (int64_t i = 0; i < j; ++i) A[j * n + i] = A[i * n + j];
    }
    return A;
  }

  /** Of doubles, or of floats: they hold all numbers that come up. */
  template <typename T>
  void gemm(const char* routine, bool transA, bool transB, int64_t m, int64_t n, int64_t k);
  template <typename T>
  void products(const char* routine);
  void syrk();
  void triangular();
  void vectors();
  Vector factorized(int64_t m, int64_t n, const Vector& A, Vector& tau);
  void blockOfReflectors();
  void qrOfTriangles();
  void singularValues();
  void eigenvalues();
  void cholesky();
  void banded();

 private:
  void fail(const char* routine, double error) {
    if (!passed()) return;
    result.routine = routine;
    result.error = error;
  }

  Draw draw_;
};

// Products are compared by what they do to a vector: an entry that is wrong shows in it, and the check stays cheap.

template <typename T>
void Checks::gemm(const char* routine, bool transA, bool transB, int64_t m, int64_t n, int64_t k) {
  constexpr int64_t kGap = 3;  // numbers between two rows, which are not C's
  constexpr double kAlpha = -0.5, kBeta = 0.25;
  const int64_t lda = (transA ? m : k) + 1, ldb = (transB ? k : n) + 2, ldc = n + kGap;
  const Vector a = vector((transA ? k : m) * lda), b = vector((transB ? n : k) * ldb), x = vector(n);
  const Vector before = vector(m * ldc);
  const std::vector<T> ownA(a.begin(), a.end()), ownB(b.begin(), b.end());
  std::vector<T> ownC(before.begin(), before.end());
  blas::gemm(transA, transB, m, n, k, kAlpha, ownA.data(), lda, ownB.data(), ldb, kBeta, ownC.data(), ldc);
  const Vector c(ownC.begin(), ownC.end());
  const View A = transA ? byRows(k, m, a, lda).transposed() : byRows(m, k, a, lda);
  const View B = transB ? byRows(n, k, b, ldb).transposed() : byRows(k, n, b, ldb);
  Vector expected(m);
  expected = sum(std::move(expected), kBeta, times(byRows(m, n, before, ldc), x));
  expected = sum(std::move(expected), kAlpha, times(A, times(B, x)));
  compare(routine, times(byRows(m, n, c, ldc), x), expected, k + n);
  for (int64_t i = 0; i < m; ++i) {
    same(routine, std::equal(c.begin() + i * ldc + n, c.begin() + (i + 1) * ldc, before.begin() + i * ldc + n));
  }
}

template <typename T>
void Checks::products(const char* routine) {
  // OpenBLAS has kernels of their own for products below a hundred in each direction.
  for (const bool transA : {false, true}) {
    for (const bool transB : {false, true}) {
      gemm<T>(routine, transA, transB, 103, 101, 99);
      gemm<T>(routine, transA, transB, 29, 13, 27);
    }
  }
  gemm<T>(routine, false, false, 37, 1, 401);
  gemm<T>(routine, true, false, 9, 21, 401);
  gemm<T>(routine, false, true, 517, 9, 23);
}

void Checks::syrk() {
  constexpr int64_t n = 67, k = 45;
  const Vector a = vector(n * k), before = vector(n * n), x = vector(n);
  const auto check = [&](const View& A, auto&& routine, bool columnMajor) {
    Vector c = before;
    routine(c.data());
    const auto lower = [&](const Vector& data) { return columnMajor ? byColumns(n, n, data) : byRows(n, n, data, n); };
    const Vector expected = sum(timesSymmetric(lower(before), x), -1, times(A, times(A.transposed(), x)));
    compare("dsyrk", timesSymmetric(lower(c), x), expected, n + k);
    const View other = lower(c).transposed(), untouched = lower(before).transposed();
    for (int64_t i = 1; i < n; ++i) {
      for (int64_t j = 0; j < i; ++j) same("dsyrk", other(i, j) == untouched(i, j));
    }
  };
  check(
      byRows(k, n, a, n).transposed(), [&](double* c) { syrkLower(n, k, -1, a.data(), n, 1, c, n); }, false);
  check(
      byRows(n, k, a, k), [&](double* c) { syrkRowsLower(n, k, -1, a.data(), k, 1, c, n); }, false);
  check(
      byColumns(n, k, a), [&](double* c) { syrkLowerColumns(n, k, -1, a.data(), n, 1, c, n); }, true);
}

/** Right-hand sides made of known solutions. */
void Checks::triangular() {
  constexpr int64_t n = 75, columns = 21, order = 131;
  const Vector l = triangle(n, Part::lower), r = triangle(n, Part::upper), X = vector(n * columns);
  const View L = byColumns(n, n, l), R = byColumns(n, n, r);
  const auto madeOf = [&](const View& T, Part part) {  // T X
    Vector B(n * columns);
    for (int64_t j = 0; j < columns; ++j) {
      const Vector b = times(T, Vector(X.begin() + j * n, X.begin() + (j + 1) * n), part);
      std::copy(b.begin(), b.end(), B.begin() + j * n);
    }
    return B;
  };
  for (const bool transpose : {false, true}) {
    Vector B = transpose ? madeOf(R.transposed(), Part::lower) : madeOf(R, Part::upper);
    trsmUpper(transpose, n, columns, r.data(), n, B.data(), n);
    compare("dtrsm", B, X, n);
  }
  // (L X)ᵀ, columns × n, is X ᵀLᵀ.
  const Vector LX = madeOf(L, Part::lower);
  Vector right(columns * n), solved(columns * n);
  const auto transposed = [&](const Vector& from, int64_t rows, Vector& to) {
    const int64_t cols = static_cast<int64_t>(from.size()) / rows;
    for (int64_t j = 0; j < cols; ++j) {
      for (int64_t i = 0; i < rows; ++i) to[i * cols + j] = from[j * rows + i];
    }
  };
  transposed(LX, n, right);
  trsmLowerRight(columns, n, l.data(), n, right.data(), columns);
  transposed(right, columns, solved);
  compare("dtrsm", solved, X, n);

  const Vector t = triangle(order, Part::lower), x = vector(order);
  const View T = byColumns(order, order, t);
  for (const bool transpose : {false, true}) {
    Vector b = transpose ? times(T.transposed(), x, Part::upper) : times(T, x, Part::lower);
    trsvLower(transpose, order, t.data(), order, b.data());
    compare("dtrsv", b, x, order);
  }
}

void Checks::vectors() {
  constexpr int64_t n = 1037;
  const Vector x = vector(n), y = vector(n);
  double inner = 0, square = 0;
  for (int64_t i = 0; i < n; ++i) {
    inner += x[i] * y[i];
    square += x[i] * x[i];
  }
  compare("ddot", {dot(n, x.data(), y.data()), square}, {inner, square}, 1);
  compare("dnrm2", {norm2(n, x.data())}, {std::sqrt(square)}, n);
  Vector z = y;
  axpy(n, -0.5, x.data(), z.data());
  compare("daxpy", z, sum(y, -0.5, x), 1);
}

/** AᵀA = RᵀR. */
Vector Checks::factorized(int64_t m, int64_t n, const Vector& A, Vector& tau) {
  const Vector x = vector(n);
  Vector factor = A;
  geqrf(m, n, factor.data(), m, tau.data());
  const View R{n, n, factor.data(), 1, m};
  const Vector Rx = times(R, x, Part::upper), Ax = times(byColumns(m, n, A), x);
  compare("dgeqrf", times(R.transposed(), Rx, Part::lower), times(byColumns(m, n, A).transposed(), Ax), m + n);
  return factor;
}

/** Qᵀ and then Q of a panel, applied to columns: the first gives R of its own panel, the second takes all back. */
void Checks::blockOfReflectors() {
  constexpr int64_t m = 91, k = 32, n = k + 13;
  const Vector A = vector(m * n);
  Vector tau(k), C = A, R(k * k), again(k * k);
  const Vector factor = factorized(m, k, Vector(A.begin(), A.begin() + m * k), tau);
  applyBlock(true, m, n, k, factor.data(), m, tau.data(), C.data(), m);
  for (int64_t j = 0; j < k; ++j) {
    std::copy_n(factor.data() + j * m, j + 1, R.data() + j * k);
    std::copy_n(C.data() + j * m, k, again.data() + j * k);
  }
  compare("dlarfb", again, R, m);
  applyBlock(false, m, n, k, factor.data(), m, tau.data(), C.data(), m);
  compare("dlarfb", C, A, m + k);
}

/** [A ; B] = Q [R ; 0] of two triangles on top of each other, and [Aᵀ Bᵀ] Q = [Rᵀ 0]. */
void Checks::qrOfTriangles() {
  constexpr int64_t n = 39, panel = 16;
  Vector A(n * n), B(n * n);
  for (int64_t j = 0; j < n; ++j) {
    for (int64_t i = 0; i <= j; ++i) {
      A[j * n + i] = vector(1)[0];
      B[j * n + i] = vector(1)[0];
    }
  }
  Vector R = A, V = B, T(panel * n);
  const Vector x = vector(n);
  tpqrt(n, panel, R.data(), V.data(), T.data());
  const auto gram = [&](const Vector& U) {
    const View upper = byColumns(n, n, U);
    return times(upper.transposed(), times(upper, x, Part::upper), Part::lower);
  };
  compare("dtpqrt", gram(R), sum(gram(A), 1, gram(B)), 2 * n);
  Vector first(n * n), second(n * n);
  for (int64_t j = 0; j < n; ++j) {
    for (int64_t i = 0; i < n; ++i) {
      first[i * n + j] = A[j * n + i];
      second[i * n + j] = B[j * n + i];
    }
  }
  tpmqrtRight(n, n, panel, V.data(), T.data(), first.data(), second.data());
  Vector both(2 * n * n), expected(2 * n * n);
  for (int64_t j = 0; j < n; ++j) {
    for (int64_t i = 0; i < n; ++i) {
      both[j * n + i] = first[i * n + j];
      both[(n + j) * n + i] = second[i * n + j];
    }
  }
  std::copy(R.begin(), R.end(), expected.begin());
  compare("dtpmqrt", both, expected, 2 * n);
}

void Checks::singularValues() {
  const auto check = [&](const char* routine, int64_t m, int64_t n, auto&& factorize) {
    const int64_t r = std::min(m, n);
    const Vector A = vector(m * n), x = vector(n), y = vector(r);
    Vector s(r), U(m * r), Vt(r * n);
    factorize(m, n, A.data(), s.data(), U.data(), Vt.data());
    const View left = byColumns(m, r, U), right = byColumns(r, n, Vt);
    Vector scaled = times(right, x);
    for (int64_t i = 0; i < r; ++i) scaled[i] *= s[i];
    compare(routine, times(left, scaled), times(byColumns(m, n, A), x), m + n);
    compare(routine, times(left.transposed(), times(left, y)), y, m + n);
    compare(routine, times(right, times(right.transposed(), y)), y, m + n);
    same(routine, std::is_sorted(s.rbegin(), s.rend()) && s.back() >= 0);
  };
  check("dgesdd", 29, 29, svd);  // from 26 on by divide and conquer
  check("dgesdd", 53, 11, svd);  // tall: a QR factorisation before
  check("dgesvd", 19, 19, svdByIteration);
}

void Checks::eigenvalues() {
  const auto check = [&](const char* routine, int64_t n, auto&& decompose) {
    const Vector A = symmetric(n), x = vector(n);
    Vector V = A, w(n);
    decompose(n, V.data(), w.data());
    const View vectors = byColumns(n, n, V);
    Vector scaled = times(vectors.transposed(), x);
    compare(routine, times(vectors, scaled), x, 2 * n);
    for (int64_t i = 0; i < n; ++i) scaled[i] *= w[i];
    compare(routine, times(vectors, scaled), times(byColumns(n, n, A), x), 2 * n);
    same(routine, std::is_sorted(w.begin(), w.end()));
  };
  check("dsyevd", 29, eigen);  // from 26 on by divide and conquer
  check("dsyev", 19, eigenByIteration);
}

/** Of a matrix with a dominant diagonal; and of one that is not definite, which has to be noticed. */
void Checks::cholesky() {
  constexpr int64_t n = 103;
  Vector A = symmetric(n);
  for (int64_t i = 0; i < n; ++i) A[i * (n + 1)] = 64;
  const Vector x = vector(n);
  Vector L = A;
  same("dpotrf", potrfLower(n, L.data(), n) == 0);
  const View lower = byColumns(n, n, L);
  const Vector LLtx = times(lower, times(lower.transposed(), x, Part::upper), Part::lower);
  compare("dpotrf", LLtx, times(byColumns(n, n, A), x), n);
  A[(n - 2) * (n + 1)] = -1;
  same("dpotrf", potrfLower(n, A.data(), n) == n - 1);
}

void Checks::banded() {
  constexpr int64_t n = 60, kl = 3, ku = 2, ld = 2 * kl + ku + 1, columns = 5;
  Vector AB(ld * n), X = vector(n * columns), B(n * columns);
  std::vector<int32_t> pivots(n);
  for (int64_t j = 0; j < n; ++j) {
    for (int64_t i = std::max<int64_t>(0, j - ku); i <= std::min(n - 1, j + kl); ++i) {
      const double entry = vector(1)[0] + (i == (j ^ 1) ? 8 : 0);  // beside the diagonal: rows have to change places
      AB[j * ld + kl + ku + i - j] = entry;
      for (int64_t c = 0; c < columns; ++c) B[c * n + i] += entry * X[c * n + j];
    }
  }
  same("dgbtrf", gbtrf(n, kl, ku, AB.data(), ld, pivots.data()) == 0);
  for (int64_t j = 0; j < n; ++j) same("dgbtrf", pivots[j] > j && pivots[j] <= std::min(n, j + kl + 1));
  for (const double entry : AB) same("dgbtrf", std::isfinite(entry));
  if (!passed()) return;  // to solve with such pivots would leave the memory
  gbtrs(n, kl, ku, columns, AB.data(), ld, pivots.data(), B.data(), n);
  compare("dgbtrs", B, X, n);
}

}  // namespace

SelfTest runSelfTest() {
  const auto start = std::chrono::steady_clock::now();
  const BufferLease lease(BufferLease::Holder::job);
  Checks checks;
  try {
    checks.products<double>("dgemm");
    checks.products<float>("sgemm");
    checks.syrk();
    checks.triangular();
    checks.vectors();
    checks.blockOfReflectors();
    checks.qrOfTriangles();
    checks.singularValues();
    checks.eigenvalues();
    checks.cholesky();
    checks.banded();
  } catch (const LapackError& failure) {
    checks.result = {failure.routine, std::numeric_limits<double>::quiet_NaN()};
  }
  checks.result.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  return checks.result;
}

const SelfTest& selfTest() {
  static const SelfTest once = runSelfTest();
  return once;
}

}  // namespace gnvpro::blas
