// Our own thread pool: BLAS stays single-threaded inside a task, so that results never depend on the number of threads.
#pragma once

#include <cstdint>
#include <functional>

#include "parallel/cancel.h"

namespace gnvpro {

/**
 * A fixed team of threads for one objective. `run` is called from one thread at a time (the job's), which takes part in
 * the work. Which worker takes which index is unspecified; callers must make results independent of it.
 */
class Pool {
 public:
  /** threads ≥ 1; 1 spawns nothing and runs everything inline. */
  explicit Pool(int threads);
  ~Pool();
  Pool(const Pool&) = delete;
  Pool& operator=(const Pool&) = delete;

  int threads() const;

  /**
   * Calls task(index, worker) for index in [0, count), worker in [0, threads). Rethrows the first exception. Polls the
   * watched cancellation before each.
   */
  void run(int64_t count, const std::function<void(int64_t index, int worker)>& task);

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
  struct State;
  State* state_;
  const Cancel* cancel_ = nullptr;
};

}  // namespace gnvpro
