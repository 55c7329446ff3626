// Typed access to BLAS and LAPACK by their Fortran symbols. Column-major, as LAPACK documents them; a row-major
// samples × features array is LAPACK's features × samples, so nothing is ever transposed at the border.
#pragma once

#include <cstdint>
#include <stdexcept>
#include <string>

namespace gnvpro::blas {

/** A LAPACK routine returned info > 0 where the caller cannot go on; code ERR_LAPACK, names routine and info. */
class LapackError : public std::runtime_error {
 public:
  LapackError(const char* routine, int info);
  const char* routine;
  int info;
};

struct BuildInfo {
  std::string config;  // openblas_get_config()
  std::string core;    // openblas_get_corename()
  int parallel;        // openblas_get_parallel(): 0 serial, 1 pthread, 2 OpenMP
};
BuildInfo buildInfo();

/** Pins OpenBLAS to one thread: our own pool is the only source of parallelism. Call once at load. */
void useOneThread();

// Level 3, row-major views: C (m × n) = alpha op(A) op(B) + beta C with row-major arrays and row strides lda, ldb, ldc.
void gemm(bool transA, bool transB, int64_t m, int64_t n, int64_t k, double alpha, const double* A, int64_t lda,
          const double* B, int64_t ldb, double beta, double* C, int64_t ldc);
void gemm(bool transA, bool transB, int64_t m, int64_t n, int64_t k, float alpha, const float* A, int64_t lda,
          const float* B, int64_t ldb, float beta, float* C, int64_t ldc);
/** Row-major, lower triangle of C (n × n) = alpha AᵀA + beta C with A row-major k × n (the upper triangle is
 * untouched). */
void syrkLower(int64_t n, int64_t k, double alpha, const double* A, int64_t lda, double beta, double* C, int64_t ldc);
/** The same of alpha AAᵀ + beta C with A row-major n × k. */
void syrkRowsLower(int64_t n, int64_t k, double alpha, const double* A, int64_t lda, double beta, double* C,
                   int64_t ldc);

// Level 1, contiguous.
double dot(int64_t n, const double* x, const double* y);
double norm2(int64_t n, const double* x);
void axpy(int64_t n, double alpha, const double* x, double* y);

// LAPACK, column-major. They return info > 0 where the caller knows what to do, and else throw LapackError; info < 0,
// our own mistake, is a std::logic_error.
void geqrf(int64_t m, int64_t n, double* A, int64_t lda, double* tau);
/** C = Q C or QᵀC with few reflectors of geqrf, all at once: their product is formed first. */
void applyBlock(bool transpose, int64_t m, int64_t n, int64_t k, const double* A, int64_t lda, const double* tau,
                double* C, int64_t ldc);
/**
 * QR of two upper triangles on top of each other, A and B n × n, n ≥ 1: A becomes R, B the reflectors, which are an
 * upper triangle too. T is panel × n, panel ≤ n.
 */
void tpqrt(int64_t n, int64_t panel, double* A, double* B, double* T);
/** [A B] = [A B] Q with those reflectors, A and B rows × n. */
void tpmqrtRight(int64_t rows, int64_t n, int64_t panel, const double* V, const double* T, double* A, double* B);
/**
 * Thin SVD A (m × n) = U diag(s) Vᵀ, without gaps between columns; U m × min, Vt min × n. By divide and conquer; where
 * that does not converge, by the slower QR iteration, which hardly ever fails.
 */
void svd(int64_t m, int64_t n, const double* A, double* s, double* U, double* Vt);
void svdByIteration(int64_t m, int64_t n, const double* A, double* s, double* U, double* Vt);
/**
 * Symmetric eigenproblem, lower triangle; eigenvectors overwrite A (columns), eigenvalues ascending in w. By divide and
 * conquer; where that does not converge, by QL iteration.
 */
void eigen(int64_t n, double* A, double* w);
void eigenByIteration(int64_t n, double* A, double* w);
/** Cholesky A = LLᵀ of the lower triangle; info > 0: not positive definite. */
int potrfLower(int64_t n, double* A, int64_t lda);
/** Solves op(L) x = b in place, L lower triangular n × n. */
void trsvLower(bool transpose, int64_t n, const double* L, int64_t lda, double* x);
/** X (m × n) = X L⁻ᵀ in place, L lower triangular n × n. */
void trsmLowerRight(int64_t m, int64_t n, const double* L, int64_t lda, double* X, int64_t ldx);
/** The lower triangle of C (n × n) = alpha AAᵀ + beta C with A n × k. */
void syrkLowerColumns(int64_t n, int64_t k, double alpha, const double* A, int64_t lda, double beta, double* C,
                      int64_t ldc);
/** Solves op(R) x = b in place, R upper triangular n × n, nrhs right-hand sides (columns of B). */
void trsmUpper(bool transpose, int64_t n, int64_t nrhs, const double* R, int64_t lda, double* B, int64_t ldb);
/** Banded LU and its solve, LAPACK band storage with kl extra rows on top; info > 0: singular. */
int gbtrf(int64_t n, int64_t kl, int64_t ku, double* AB, int64_t ldab, int32_t* ipiv);
void gbtrs(int64_t n, int64_t kl, int64_t ku, int64_t nrhs, const double* AB, int64_t ldab, const int32_t* ipiv,
           double* B, int64_t ldb);

}  // namespace gnvpro::blas
