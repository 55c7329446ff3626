// Our own thread pool: BLAS stays single-threaded inside a task, so that results never depend on the number of threads.
#pragma once

#include <cstdint>
#include <functional>

namespace gnvpro {

/**
 * A fixed team of threads for one session. `run` is called from one thread at a time (the job's), which takes part in
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

  /** Calls task(index, worker) for index in [0, count), worker in [0, threads). Rethrows the first exception. */
  void run(int64_t count, const std::function<void(int64_t index, int worker)>& task);

 private:
  struct State;
  State* state_;
};

}  // namespace gnvpro
