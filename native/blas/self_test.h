// Whether BLAS and LAPACK compute right on this processor: OpenBLAS chooses its kernels when it is loaded, and a kernel
// that is wrong for a processor gives wrong numbers without a word.
#pragma once

namespace gnvpro::blas {

struct SelfTest {
  const char* routine = nullptr;  // the first with a wrong result; null: all are right
  double error = 0;               // of that routine, relative; NaN or infinite too
  double seconds = 0;
};

/**
 * Every routine of blas.h on small fixed problems with known answers: sizes that reach the blocked kernels, and that
 * are no multiple of a block. Runs once a process, at the first call; throws NoBuffer or std::bad_alloc where there is
 * no memory for it.
 */
const SelfTest& selfTest();

/** Runs it again. */
SelfTest runSelfTest();

}  // namespace gnvpro::blas
