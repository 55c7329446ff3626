// A team of threads: BLAS stays single-threaded inside a task, so that results never depend on the number of threads.
#pragma once

#include <cstdint>
#include <memory>

#include "parallel/cancel.h"
#include "parallel/crew.h"

namespace gnvpro {

/**
 * The team of one objective: its caller, and as many helpers of the process's crew as are free, anew in each run. `run`
 * is called from one thread at a time (the job's), which takes part in the work. Which worker takes which index is
 * unspecified; callers must make results independent of it.
 */
class Pool {
 public:
  /** threads ≥ 1, of which the limit of the process may leave fewer; 1 runs everything inline. */
  explicit Pool(int threads);
  Pool(const Pool&) = delete;
  Pool& operator=(const Pool&) = delete;

  /** The most that take part. */
  int threads() const { return helpers_ + 1; }

  /**
   * Calls task(index, worker) for index in [0, count), worker in [0, threads). Rethrows the first exception. Polls the
   * watched cancellation before each.
   */
  void run(int64_t count, const Task& task);

  /** Throws Aborted once the watched cancellation has been requested: for long work of one thread. */
  void poll() const {
    if (cancel_ != nullptr) cancel_->poll();
  }

  /** An object of this class has the pool watch a cancellation. */
  class Watch {
   public:
    Watch(Pool& pool, const Cancel& cancel) : pool_(pool) { pool.cancel_ = &cancel; }
    ~Watch() { pool_.cancel_ = nullptr; }
    Watch(const Watch&) = delete;
    Watch& operator=(const Watch&) = delete;

   private:
    Pool& pool_;
  };

 private:
  std::shared_ptr<Crew> crew_;  // null for one thread
  int helpers_ = 0;
  const Cancel* cancel_ = nullptr;
};

}  // namespace gnvpro
