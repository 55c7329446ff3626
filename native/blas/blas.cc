#include "blas/blas.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <limits>
#include <vector>

// Fortran: everything by address; the length of every character argument follows at the end.
extern "C" {
void dgemm_(const char*, const char*, const int*, const int*, const int*, const double*, const double*, const int*,
            const double*, const int*, const double*, double*, const int*, std::size_t, std::size_t);
void sgemm_(const char*, const char*, const int*, const int*, const int*, const float*, const float*, const int*,
            const float*, const int*, const float*, float*, const int*, std::size_t, std::size_t);
void dsyrk_(const char*, const char*, const int*, const int*, const double*, const double*, const int*, const double*,
            double*, const int*, std::size_t, std::size_t);
void dtrsm_(const char*, const char*, const char*, const char*, const int*, const int*, const double*, const double*,
            const int*, double*, const int*, std::size_t, std::size_t, std::size_t, std::size_t);
void dtrsv_(const char*, const char*, const char*, const int*, const double*, const int*, double*, const int*,
            std::size_t, std::size_t, std::size_t);
double ddot_(const int*, const double*, const int*, const double*, const int*);
double dnrm2_(const int*, const double*, const int*);
void daxpy_(const int*, const double*, const double*, const int*, double*, const int*);
void dgeqrf_(const int*, const int*, double*, const int*, double*, double*, const int*, int*);
void dtpqrt_(const int*, const int*, const int*, const int*, double*, const int*, double*, const int*, double*,
             const int*, double*, int*);
void dtpmqrt_(const char*, const char*, const int*, const int*, const int*, const int*, const int*, const double*,
              const int*, const double*, const int*, double*, const int*, double*, const int*, double*, int*,
              std::size_t, std::size_t);
void dlarft_(const char*, const char*, const int*, const int*, const double*, const int*, const double*, double*,
             const int*, std::size_t, std::size_t);
void dlarfb_(const char*, const char*, const char*, const char*, const int*, const int*, const int*, const double*,
             const int*, const double*, const int*, double*, const int*, double*, const int*, std::size_t, std::size_t,
             std::size_t, std::size_t);
void dgesdd_(const char*, const int*, const int*, double*, const int*, double*, double*, const int*, double*,
             const int*, double*, const int*, int*, int*, std::size_t);
void dgesvd_(const char*, const char*, const int*, const int*, double*, const int*, double*, double*, const int*,
             double*, const int*, double*, const int*, int*, std::size_t, std::size_t);
void dsyev_(const char*, const char*, const int*, double*, const int*, double*, double*, const int*, int*, std::size_t,
            std::size_t);
void dsyevd_(const char*, const char*, const int*, double*, const int*, double*, double*, const int*, int*, const int*,
             int*, std::size_t, std::size_t);
void dpotrf_(const char*, const int*, double*, const int*, int*, std::size_t);
void dgbtrf_(const int*, const int*, const int*, const int*, double*, const int*, int*, int*);
void dgbtrs_(const char*, const int*, const int*, const int*, const int*, const double*, const int*, const int*,
             double*, const int*, int*, std::size_t);
char* openblas_get_config(void);
char* openblas_get_corename(void);
int openblas_get_parallel(void);
void openblas_set_num_threads(int);
}

namespace gnvpro::blas {
namespace {

constexpr int kOne = 1;

/** This BLAS counts in 32 bits. */
int narrow(int64_t n) {
  if (n < 0 || n > std::numeric_limits<int>::max()) {
    throw std::length_error("a matrix dimension does not fit the integers of BLAS");
  }
  return static_cast<int>(n);
}

/** A leading dimension: at least 1, even for an empty matrix. */
int stride(int64_t ld) { return narrow(std::max<int64_t>(ld, 1)); }

/** info < 0 means that an argument of ours was illegal. */
int checked(const char* routine, int info) {
  if (info < 0) throw std::logic_error("argument " + std::to_string(-info) + " of " + routine + " is illegal");
  return info;
}

void succeed(const char* routine, int info) {
  if (checked(routine, info) > 0) throw LapackError(routine, info);
}

/** Calls a routine twice: for the size of its workspace, and then with it. */
template <typename Call>
int withWorkspace(const char* routine, Call&& call) {
  double size = 0;
  int lwork = -1;
  int info = 0;
  call(&size, &lwork, &info);
  checked(routine, info);
  lwork = std::max(1, narrow(static_cast<int64_t>(size)));
  std::vector<double> work(lwork);
  call(work.data(), &lwork, &info);
  return checked(routine, info);
}

/** Numbers have to be finite: with anything else the iterations of LAPACK may not come to an end. */
void expectFinite(const char* routine, int64_t size, const double* A) {
  if (!std::all_of(A, A + size, [](double x) { return std::isfinite(x); })) throw LapackError(routine, 1);
}

}  // namespace

LapackError::LapackError(const char* routine, int info)
    : std::runtime_error(std::string("The LAPACK routine ") + routine + " failed with info = " + std::to_string(info) +
                         "."),
      routine(routine),
      info(info) {}

BuildInfo buildInfo() { return {openblas_get_config(), openblas_get_corename(), openblas_get_parallel()}; }

void useOneThread() { openblas_set_num_threads(1); }

namespace {

/** Row-major C is column-major Cᵀ = op(B)ᵀ op(A)ᵀ, and a row-major operand is already its own transpose. */
template <auto gemm_, typename T>
void rowMajorGemm(bool transA, bool transB, int64_t m, int64_t n, int64_t k, T alpha, const T* A, int64_t lda,
                  const T* B, int64_t ldb, T beta, T* C, int64_t ldc) {
  const int rows = narrow(m), columns = narrow(n), inner = narrow(k);
  const int strideA = stride(lda), strideB = stride(ldb), strideC = stride(ldc);
  gemm_(transB ? "T" : "N", transA ? "T" : "N", &columns, &rows, &inner, &alpha, B, &strideB, A, &strideA, &beta, C,
        &strideC, 1, 1);
}

}  // namespace

void gemm(bool transA, bool transB, int64_t m, int64_t n, int64_t k, double alpha, const double* A, int64_t lda,
          const double* B, int64_t ldb, double beta, double* C, int64_t ldc) {
  rowMajorGemm<dgemm_>(transA, transB, m, n, k, alpha, A, lda, B, ldb, beta, C, ldc);
}

void gemm(bool transA, bool transB, int64_t m, int64_t n, int64_t k, float alpha, const float* A, int64_t lda,
          const float* B, int64_t ldb, float beta, float* C, int64_t ldc) {
  rowMajorGemm<sgemm_>(transA, transB, m, n, k, alpha, A, lda, B, ldb, beta, C, ldc);
}

void syrkLower(int64_t n, int64_t k, double alpha, const double* A, int64_t lda, double beta, double* C, int64_t ldc) {
  const int order = narrow(n), inner = narrow(k), strideA = stride(lda), strideC = stride(ldc);
  dsyrk_("U", "N", &order, &inner, &alpha, A, &strideA, &beta, C, &strideC, 1, 1);
}

void syrkRowsLower(int64_t n, int64_t k, double alpha, const double* A, int64_t lda, double beta, double* C,
                   int64_t ldc) {
  const int order = narrow(n), inner = narrow(k), strideA = stride(lda), strideC = stride(ldc);
  dsyrk_("U", "T", &order, &inner, &alpha, A, &strideA, &beta, C, &strideC, 1, 1);
}

double dot(int64_t n, const double* x, const double* y) {
  const int size = narrow(n);
  return ddot_(&size, x, &kOne, y, &kOne);
}

double norm2(int64_t n, const double* x) {
  const int size = narrow(n);
  return dnrm2_(&size, x, &kOne);
}

void axpy(int64_t n, double alpha, const double* x, double* y) {
  const int size = narrow(n);
  daxpy_(&size, &alpha, x, &kOne, y, &kOne);
}

void geqrf(int64_t m, int64_t n, double* A, int64_t lda, double* tau) {
  const int rows = narrow(m), columns = narrow(n), strideA = stride(lda);
  const int info = withWorkspace("dgeqrf", [&](double* work, const int* lwork, int* info) {
    dgeqrf_(&rows, &columns, A, &strideA, tau, work, lwork, info);
  });
  succeed("dgeqrf", info);
}

void tpqrt(int64_t n, int64_t panel, double* A, double* B, double* T) {
  const int order = narrow(n), columns = narrow(panel);
  std::vector<double> work(panel * n);
  int info = 0;
  dtpqrt_(&order, &order, &order, &columns, A, &order, B, &order, T, &columns, work.data(), &info);
  succeed("dtpqrt", info);
}

void tpmqrtRight(int64_t rows, int64_t n, int64_t panel, const double* V, const double* T, double* A, double* B) {
  const int height = narrow(rows), order = narrow(n), columns = narrow(panel), strideA = stride(rows);
  std::vector<double> work(panel * rows);
  int info = 0;
  dtpmqrt_("R", "N", &height, &order, &order, &order, &columns, V, &order, T, &columns, A, &strideA, B, &strideA,
           work.data(), &info, 1, 1);
  succeed("dtpmqrt", info);
}

void applyBlock(bool transpose, int64_t m, int64_t n, int64_t k, const double* A, int64_t lda, const double* tau,
                double* C, int64_t ldc) {
  const int rows = narrow(m), columns = narrow(n), reflectors = narrow(k);
  const int strideA = stride(lda), strideC = stride(ldc);
  std::vector<double> T(k * k), work(n * k);
  dlarft_("F", "C", &rows, &reflectors, A, &strideA, tau, T.data(), &reflectors, 1, 1);
  dlarfb_("L", transpose ? "T" : "N", "F", "C", &rows, &columns, &reflectors, A, &strideA, T.data(), &reflectors, C,
          &strideC, work.data(), &columns, 1, 1, 1, 1);
}

void svd(int64_t m, int64_t n, const double* A, double* s, double* U, double* Vt) {
  const int rows = narrow(m), columns = narrow(n), strideA = stride(m), strideV = stride(std::min(m, n));
  expectFinite("dgesdd", m * n, A);
  std::vector<double> copy(A, A + m * n);
  std::vector<int> integers(8 * std::max<int64_t>(1, std::min(m, n)));
  const int info = withWorkspace("dgesdd", [&](double* work, const int* lwork, int* info) {
    dgesdd_("S", &rows, &columns, copy.data(), &strideA, s, U, &strideA, Vt, &strideV, work, lwork, integers.data(),
            info, 1);
  });
  if (info != 0) svdByIteration(m, n, A, s, U, Vt);
}

void svdByIteration(int64_t m, int64_t n, const double* A, double* s, double* U, double* Vt) {
  const int rows = narrow(m), columns = narrow(n), strideA = stride(m), strideV = stride(std::min(m, n));
  std::vector<double> copy(A, A + m * n);
  succeed("dgesvd", withWorkspace("dgesvd", [&](double* work, const int* lwork, int* info) {
            dgesvd_("S", "S", &rows, &columns, copy.data(), &strideA, s, U, &strideA, Vt, &strideV, work, lwork, info,
                    1, 1);
          }));
}

void eigen(int64_t n, double* A, double* w) {
  const int order = narrow(n), strideA = stride(n);
  expectFinite("dsyevd", n * n, A);
  const std::vector<double> copy(A, A + n * n);
  const int integerCount = narrow(3 + 5 * std::max<int64_t>(n, 1));
  std::vector<int> integers(integerCount);
  const int info = withWorkspace("dsyevd", [&](double* work, const int* lwork, int* info) {
    dsyevd_("V", "L", &order, A, &strideA, w, work, lwork, integers.data(), &integerCount, info, 1, 1);
  });
  if (info == 0) return;
  std::copy(copy.begin(), copy.end(), A);
  eigenByIteration(n, A, w);
}

void eigenByIteration(int64_t n, double* A, double* w) {
  const int order = narrow(n), strideA = stride(n);
  succeed("dsyev", withWorkspace("dsyev", [&](double* work, const int* lwork, int* info) {
            dsyev_("V", "L", &order, A, &strideA, w, work, lwork, info, 1, 1);
          }));
}

int potrfLower(int64_t n, double* A, int64_t lda) {
  const int order = narrow(n), strideA = stride(lda);
  int info = 0;
  dpotrf_("L", &order, A, &strideA, &info, 1);
  return checked("dpotrf", info);
}

void trsvLower(bool transpose, int64_t n, const double* L, int64_t lda, double* x) {
  const int order = narrow(n), strideL = stride(lda), one = 1;
  dtrsv_("L", transpose ? "T" : "N", "N", &order, L, &strideL, x, &one, 1, 1, 1);
}

void trsmLowerRight(int64_t m, int64_t n, const double* L, int64_t lda, double* X, int64_t ldx) {
  const int rows = narrow(m), columns = narrow(n), strideL = stride(lda), strideX = stride(ldx);
  const double one = 1;
  dtrsm_("R", "L", "T", "N", &rows, &columns, &one, L, &strideL, X, &strideX, 1, 1, 1, 1);
}

void syrkLowerColumns(int64_t n, int64_t k, double alpha, const double* A, int64_t lda, double beta, double* C,
                      int64_t ldc) {
  const int order = narrow(n), inner = narrow(k), strideA = stride(lda), strideC = stride(ldc);
  dsyrk_("L", "N", &order, &inner, &alpha, A, &strideA, &beta, C, &strideC, 1, 1);
}

void trsmUpper(bool transpose, int64_t n, int64_t nrhs, const double* R, int64_t lda, double* B, int64_t ldb) {
  const int rows = narrow(n), columns = narrow(nrhs), strideR = stride(lda), strideB = stride(ldb);
  const double one = 1;
  dtrsm_("L", "U", transpose ? "T" : "N", "N", &rows, &columns, &one, R, &strideR, B, &strideB, 1, 1, 1, 1);
}

int gbtrf(int64_t n, int64_t kl, int64_t ku, double* AB, int64_t ldab, int32_t* ipiv) {
  const int order = narrow(n), lower = narrow(kl), upper = narrow(ku), strideAB = stride(ldab);
  int info = 0;
  dgbtrf_(&order, &order, &lower, &upper, AB, &strideAB, ipiv, &info);
  return checked("dgbtrf", info);
}

void gbtrs(int64_t n, int64_t kl, int64_t ku, int64_t nrhs, const double* AB, int64_t ldab, const int32_t* ipiv,
           double* B, int64_t ldb) {
  const int order = narrow(n), lower = narrow(kl), upper = narrow(ku), columns = narrow(nrhs);
  const int strideAB = stride(ldab), strideB = stride(ldb);
  int info = 0;
  dgbtrs_("N", &order, &lower, &upper, &columns, AB, &strideAB, ipiv, B, &strideB, &info, 1);
  succeed("dgbtrs", info);
}

}  // namespace gnvpro::blas
