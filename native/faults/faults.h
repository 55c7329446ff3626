// Failures on demand, for the tests of the error paths: an allocation, the start of a thread, a LAPACK routine, or a
// wrong number of BLAS, or of LAPACK with info 0. Only
// the build with GNVPRO_FAULTS has them: there `--wrap` turns the calls of our objects to the functions of this folder.
#pragma once

#include <napi.h>

#include <atomic>
#include <cstdint>

namespace gnvpro::faults {

/** An event that may fail: it is counted, from any thread, and the n-th since `arm` fails. */
class Event {
 public:
  explicit Event(const char* name) : name(name) {}

  const char* const name;

  /** n ≥ 1. `lasting`: all that follow fail too. `info`: of a LAPACK routine. */
  void arm(int64_t n, bool lasting, int info) {
    disarm();
    count_.store(0);
    failures_.store(0);
    lasting_.store(lasting);
    info_.store(info);
    first_.store(n);
  }
  void disarm() { first_.store(0); }

  /** Counts one; whether it has to fail. */
  bool fails() {
    const int64_t index = count_.fetch_add(1) + 1, first = first_.load();
    const bool failing = first > 0 && (index == first || (lasting_.load() && index > first));
    if (failing) failures_.fetch_add(1);
    return failing;
  }

  int info() const { return info_.load(); }
  /** Since `arm`. */
  int64_t count() const { return count_.load(); }
  int64_t failures() const { return failures_.load(); }

 private:
  std::atomic<int64_t> count_{0}, failures_{0}, first_{0};
  std::atomic<bool> lasting_{false};
  std::atomic<int> info_{0};
};

extern Event allocation, thread;
extern Event daxpy, ddot, dgemm, dlarfb, dlarft, dnrm2, dsyrk, dtrsm, dtrsv, sgemm;
extern Event dgbtrf, dgbtrs, dgeqrf, dgesdd, dgesvd, dpotrf, dsyev, dsyevd, dtpmqrt, dtpqrt;

/** The event that GNVPRO_FAULT names fails from the first time on, with info 0: what happens while the addon loads. */
void armFromEnvironment();

/** `faults`: arm(event, n, lasting, info), disarm(), counts(), selfTest(). */
void exportFaults(Napi::Env env, Napi::Object exports);

}  // namespace gnvpro::faults
