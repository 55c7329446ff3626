// Memory of OpenBLAS. Calls that run at the same time need a buffer each; OpenBLAS keeps buffers for later calls, and
// where the system refuses it one, it asks again without end. So each is had before a thread calls.
#pragma once

#include <new>

namespace gnvpro::blas {

/** There are no addresses for a buffer; code ERR_MEMORY. */
class NoBuffer : public std::bad_alloc {
 public:
  const char* what() const noexcept override;
};

/** A lease: while it lives, one thread may call BLAS and LAPACK: there are as many buffers as leases. */
class BufferLease {
 public:
  enum class Holder {
    job,    // for the time of one job: waits for another to end where there is no further buffer
    member  // of a team, as long as the team: can be done without, so the memory that data need goes first
  };

  /** Throws NoBuffer or std::bad_alloc. */
  explicit BufferLease(Holder holder);
  ~BufferLease();
  BufferLease(const BufferLease&) = delete;
  BufferLease& operator=(const BufferLease&) = delete;

 private:
  const Holder holder_;
};

/**
 * Makes OpenBLAS have the buffer of the first lease already, if there are addresses for it, and if it was told to start
 * no threads: called while the addon loads, before OpenBLAS is set to one.
 */
void prepareFirstBuffer() noexcept;

}  // namespace gnvpro::blas
