// The routines of BLAS, and those of LAPACK without an info: they cannot fail, but one number of a result may be wrong.
#include <cstddef>

#include "faults/faults.h"

namespace gnvpro::faults {

Event daxpy("daxpy"), ddot("ddot"), dgemm("dgemm"), dlarfb("dlarfb"), dlarft("dlarft"), dnrm2("dnrm2"), dsyrk("dsyrk"),
    dtrsm("dtrsm"), dtrsv("dtrsv"), sgemm("sgemm");

namespace {

/** As little as single precision would leave of it. */
double spoilt(double x) { return x + 1e-7; }

void spoilIfFailing(Event& event, double* number, bool isThere = true) {
  if (event.fails() && isThere) *number = spoilt(*number);
}

}  // namespace
}  // namespace gnvpro::faults

using namespace gnvpro::faults;
using Length = std::size_t;

// NOLINTBEGIN: the names are the linker's
extern "C" {
void __real_daxpy_(const int*, const double*, const double*, const int*, double*, const int*);
double __real_ddot_(const int*, const double*, const int*, const double*, const int*);
void __real_dgemm_(const char*, const char*, const int*, const int*, const int*, const double*, const double*,
                   const int*, const double*, const int*, const double*, double*, const int*, Length, Length);
void __real_dlarfb_(const char*, const char*, const char*, const char*, const int*, const int*, const int*,
                    const double*, const int*, const double*, const int*, double*, const int*, double*, const int*,
                    Length, Length, Length, Length);
void __real_dlarft_(const char*, const char*, const int*, const int*, const double*, const int*, const double*, double*,
                    const int*, Length, Length);
double __real_dnrm2_(const int*, const double*, const int*);
void __real_dsyrk_(const char*, const char*, const int*, const int*, const double*, const double*, const int*,
                   const double*, double*, const int*, Length, Length);
void __real_dtrsm_(const char*, const char*, const char*, const char*, const int*, const int*, const double*,
                   const double*, const int*, double*, const int*, Length, Length, Length, Length);
void __real_dtrsv_(const char*, const char*, const char*, const int*, const double*, const int*, double*, const int*,
                   Length, Length, Length);

void __real_sgemm_(const char*, const char*, const int*, const int*, const int*, const float*, const float*, const int*,
                   const float*, const int*, const float*, float*, const int*, Length, Length);

void __wrap_daxpy_(const int* n, const double* alpha, const double* x, const int* incx, double* y, const int* incy) {
  __real_daxpy_(n, alpha, x, incx, y, incy);
  spoilIfFailing(daxpy, y + *n - 1, *n > 0);
}

double __wrap_ddot_(const int* n, const double* x, const int* incx, const double* y, const int* incy) {
  const double value = __real_ddot_(n, x, incx, y, incy);
  return ddot.fails() ? spoilt(value) : value;
}

void __wrap_sgemm_(const char* transa, const char* transb, const int* m, const int* n, const int* k, const float* alpha,
                   const float* A, const int* lda, const float* B, const int* ldb, const float* beta, float* C,
                   const int* ldc, Length lengthA, Length lengthB) {
  __real_sgemm_(transa, transb, m, n, k, alpha, A, lda, B, ldb, beta, C, ldc, lengthA, lengthB);
  if (sgemm.fails() && *m > 0 && *n > 0) C[std::ptrdiff_t{*ldc} * (*n / 2) + *m / 2] += 1e-3f;
}

void __wrap_dgemm_(const char* transa, const char* transb, const int* m, const int* n, const int* k,
                   const double* alpha, const double* A, const int* lda, const double* B, const int* ldb,
                   const double* beta, double* C, const int* ldc, Length lengthA, Length lengthB) {
  __real_dgemm_(transa, transb, m, n, k, alpha, A, lda, B, ldb, beta, C, ldc, lengthA, lengthB);
  const bool isThere = *m > 0 && *n > 0;
  spoilIfFailing(dgemm, isThere ? C + std::ptrdiff_t{*ldc} * (*n / 2) + *m / 2 : C, isThere);
}

void __wrap_dlarfb_(const char* side, const char* trans, const char* direct, const char* storev, const int* m,
                    const int* n, const int* k, const double* V, const int* ldv, const double* T, const int* ldt,
                    double* C, const int* ldc, double* work, const int* ldwork, Length a, Length b, Length c,
                    Length d) {
  __real_dlarfb_(side, trans, direct, storev, m, n, k, V, ldv, T, ldt, C, ldc, work, ldwork, a, b, c, d);
  spoilIfFailing(dlarfb, C, *m > 0 && *n > 0);
}

void __wrap_dlarft_(const char* direct, const char* storev, const int* n, const int* k, const double* V, const int* ldv,
                    const double* tau, double* T, const int* ldt, Length a, Length b) {
  __real_dlarft_(direct, storev, n, k, V, ldv, tau, T, ldt, a, b);
  spoilIfFailing(dlarft, T, *k > 0);
}

double __wrap_dnrm2_(const int* n, const double* x, const int* incx) {
  const double value = __real_dnrm2_(n, x, incx);
  return dnrm2.fails() ? spoilt(value) : value;
}

void __wrap_dsyrk_(const char* uplo, const char* trans, const int* n, const int* k, const double* alpha,
                   const double* A, const int* lda, const double* beta, double* C, const int* ldc, Length a, Length b) {
  __real_dsyrk_(uplo, trans, n, k, alpha, A, lda, beta, C, ldc, a, b);
  spoilIfFailing(dsyrk, C, *n > 0);
}

void __wrap_dtrsm_(const char* side, const char* uplo, const char* transa, const char* diag, const int* m, const int* n,
                   const double* alpha, const double* A, const int* lda, double* B, const int* ldb, Length a, Length b,
                   Length c, Length d) {
  __real_dtrsm_(side, uplo, transa, diag, m, n, alpha, A, lda, B, ldb, a, b, c, d);
  spoilIfFailing(dtrsm, B, *m > 0 && *n > 0);
}

void __wrap_dtrsv_(const char* uplo, const char* trans, const char* diag, const int* n, const double* A, const int* lda,
                   double* x, const int* incx, Length a, Length b, Length c) {
  __real_dtrsv_(uplo, trans, diag, n, A, lda, x, incx, a, b, c);
  spoilIfFailing(dtrsv, x, *n > 0);
}
}
// NOLINTEND
