// The threads of the process. Teams of all trainings and predictions borrow from them, so that together they use so
// many cores as the process may, however many run at the same time.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>

#include "parallel/cancel.h"

namespace gnvpro {

/** Of the process, at this moment. */
struct ThreadUse {
  int limit;    // threads that may compute at the same time
  int jobs;     // that compute, each on a thread of its caller
  int helpers;  // threads of the crew that take part in one
};
ThreadUse threadUse();

/** limit ≥ 1; it holds from the next run on. */
void setThreadLimit(int limit);

/** While it lives, its thread counts as one that computes. */
class Computing {
 public:
  Computing();
  ~Computing();
  Computing(const Computing&) = delete;
  Computing& operator=(const Computing&) = delete;
};

using Task = std::function<void(int64_t index, int worker)>;

/**
 * Helpers of whoever opens a run. They exist while somebody holds the crew, and sleep where there is nothing to do. A
 * helper joins an open run with an empty seat while fewer threads compute than may, and stays to its end: runs are
 * short.
 */
class Crew {
 public:
  /** That of the process, grown to so many helpers as the limit allows and the system grants. */
  static std::shared_ptr<Crew> withHelpers(int helpers);

  Crew();
  ~Crew();
  Crew(const Crew&) = delete;
  Crew& operator=(const Crew&) = delete;

  int helpers() const;

  /**
   * Calls task(index, worker) for index in [0, count); this thread is worker 0, helpers take the numbers up to `seats`.
   * Rethrows the first exception. `cancel`, or null, is polled before each index.
   */
  void run(int64_t count, int seats, const Task& task, const Cancel* cancel);

 private:
  struct Run;
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace gnvpro
