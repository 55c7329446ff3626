// The routines of LAPACK that our objects call. One that fails has written to its operands all the same.
#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>

#include "faults/faults.h"

namespace gnvpro::faults {

Event dgbtrf("dgbtrf"), dgbtrs("dgbtrs"), dgeqrf("dgeqrf"), dgesdd("dgesdd"), dgesvd("dgesvd"), dpotrf("dpotrf"),
    dsyev("dsyev"), dsyevd("dsyevd"), dtpmqrt("dtpmqrt"), dtpqrt("dtpqrt");

namespace {

/** Whether this call has to fail; if so, its operand (columns of ld numbers) is spoilt and `info` set. */
bool fails(Event& event, double* operand, const int* ld, const int* columns, int* info) {
  if (!event.fails()) return false;
  std::fill_n(operand, int64_t{*ld} * *columns, NAN);
  *info = event.info();
  return true;
}

/** Asked for the size of its workspace only. */
bool isQuery(const int* lwork) { return *lwork == -1; }

}  // namespace
}  // namespace gnvpro::faults

using namespace gnvpro::faults;
using Length = std::size_t;

// NOLINTBEGIN: the names are the linker's
extern "C" {
void __real_dgbtrf_(const int*, const int*, const int*, const int*, double*, const int*, int*, int*);
void __real_dgbtrs_(const char*, const int*, const int*, const int*, const int*, const double*, const int*, const int*,
                    double*, const int*, int*, Length);
void __real_dgeqrf_(const int*, const int*, double*, const int*, double*, double*, const int*, int*);
void __real_dgesdd_(const char*, const int*, const int*, double*, const int*, double*, double*, const int*, double*,
                    const int*, double*, const int*, int*, int*, Length);
void __real_dgesvd_(const char*, const char*, const int*, const int*, double*, const int*, double*, double*, const int*,
                    double*, const int*, double*, const int*, int*, Length, Length);
void __real_dpotrf_(const char*, const int*, double*, const int*, int*, Length);
void __real_dsyev_(const char*, const char*, const int*, double*, const int*, double*, double*, const int*, int*,
                   Length, Length);
void __real_dsyevd_(const char*, const char*, const int*, double*, const int*, double*, double*, const int*, int*,
                    const int*, int*, Length, Length);

void __real_dtpmqrt_(const char*, const char*, const int*, const int*, const int*, const int*, const int*,
                     const double*, const int*, const double*, const int*, double*, const int*, double*, const int*,
                     double*, int*, Length, Length);
void __real_dtpqrt_(const int*, const int*, const int*, const int*, double*, const int*, double*, const int*, double*,
                    const int*, double*, int*);

void __wrap_dgbtrf_(const int* m, const int* n, const int* kl, const int* ku, double* AB, const int* ldab, int* ipiv,
                    int* info) {
  if (!fails(dgbtrf, AB, ldab, n, info)) __real_dgbtrf_(m, n, kl, ku, AB, ldab, ipiv, info);
}

void __wrap_dgbtrs_(const char* trans, const int* n, const int* kl, const int* ku, const int* nrhs, const double* AB,
                    const int* ldab, const int* ipiv, double* B, const int* ldb, int* info, Length length) {
  if (!fails(dgbtrs, B, ldb, nrhs, info)) __real_dgbtrs_(trans, n, kl, ku, nrhs, AB, ldab, ipiv, B, ldb, info, length);
}

void __wrap_dgeqrf_(const int* m, const int* n, double* A, const int* lda, double* tau, double* work, const int* lwork,
                    int* info) {
  if (isQuery(lwork) || !fails(dgeqrf, A, lda, n, info)) __real_dgeqrf_(m, n, A, lda, tau, work, lwork, info);
}

void __wrap_dgesdd_(const char* jobz, const int* m, const int* n, double* A, const int* lda, double* s, double* U,
                    const int* ldu, double* Vt, const int* ldvt, double* work, const int* lwork, int* iwork, int* info,
                    Length length) {
  if (isQuery(lwork) || !fails(dgesdd, A, lda, n, info))
    __real_dgesdd_(jobz, m, n, A, lda, s, U, ldu, Vt, ldvt, work, lwork, iwork, info, length);
}

void __wrap_dgesvd_(const char* jobu, const char* jobvt, const int* m, const int* n, double* A, const int* lda,
                    double* s, double* U, const int* ldu, double* Vt, const int* ldvt, double* work, const int* lwork,
                    int* info, Length lengthU, Length lengthVt) {
  if (isQuery(lwork) || !fails(dgesvd, A, lda, n, info))
    __real_dgesvd_(jobu, jobvt, m, n, A, lda, s, U, ldu, Vt, ldvt, work, lwork, info, lengthU, lengthVt);
}

void __wrap_dpotrf_(const char* uplo, const int* n, double* A, const int* lda, int* info, Length length) {
  if (!fails(dpotrf, A, lda, n, info)) __real_dpotrf_(uplo, n, A, lda, info, length);
}

void __wrap_dsyev_(const char* jobz, const char* uplo, const int* n, double* A, const int* lda, double* w, double* work,
                   const int* lwork, int* info, Length lengthJobz, Length lengthUplo) {
  if (isQuery(lwork) || !fails(dsyev, A, lda, n, info))
    __real_dsyev_(jobz, uplo, n, A, lda, w, work, lwork, info, lengthJobz, lengthUplo);
}

void __wrap_dsyevd_(const char* jobz, const char* uplo, const int* n, double* A, const int* lda, double* w,
                    double* work, const int* lwork, int* iwork, const int* liwork, int* info, Length lengthJobz,
                    Length lengthUplo) {
  if (isQuery(lwork) || !fails(dsyevd, A, lda, n, info))
    __real_dsyevd_(jobz, uplo, n, A, lda, w, work, lwork, iwork, liwork, info, lengthJobz, lengthUplo);
}

void __wrap_dtpmqrt_(const char* side, const char* trans, const int* m, const int* n, const int* k, const int* l,
                     const int* nb, const double* V, const int* ldv, const double* T, const int* ldt, double* A,
                     const int* lda, double* B, const int* ldb, double* work, int* info, Length lengthSide,
                     Length lengthTrans) {
  if (!fails(dtpmqrt, A, lda, n, info))
    __real_dtpmqrt_(side, trans, m, n, k, l, nb, V, ldv, T, ldt, A, lda, B, ldb, work, info, lengthSide, lengthTrans);
}

void __wrap_dtpqrt_(const int* m, const int* n, const int* l, const int* nb, double* A, const int* lda, double* B,
                    const int* ldb, double* T, const int* ldt, double* work, int* info) {
  if (!fails(dtpqrt, A, lda, n, info)) __real_dtpqrt_(m, n, l, nb, A, lda, B, ldb, T, ldt, work, info);
}
}
// NOLINTEND
