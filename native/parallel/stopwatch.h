// Seconds by part of the work; work inside other work counts once, for the inner part.
#pragma once

#include <chrono>
#include <utility>

namespace gnvpro {

struct Timings {
  double network = 0;  // and what the operator does to each tile while it is in cache
  double projection = 0;
  double krylov = 0;  // of a Krylov step, without its network passes
  double dense = 0;   // of a dense step, with the passes of its assembly
};

/** Adds the time until the end of its scope to one part, except for that of timers inside it. */
class Timer {
 public:
  explicit Timer(double& seconds) : seconds_(seconds), start_(Clock::now()), outer_(std::exchange(innermost_, this)) {}
  ~Timer() {
    const double elapsed = std::chrono::duration<double>(Clock::now() - start_).count();
    seconds_ += elapsed - inner_;
    if (outer_ != nullptr) outer_->inner_ += elapsed;
    innermost_ = outer_;
  }
  Timer(const Timer&) = delete;
  Timer& operator=(const Timer&) = delete;

 private:
  using Clock = std::chrono::steady_clock;
  static inline thread_local Timer* innermost_ = nullptr;
  double& seconds_;
  Clock::time_point start_;
  Timer* outer_;
  double inner_ = 0;  // seconds of the timers inside
};

}  // namespace gnvpro
