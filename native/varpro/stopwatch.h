// Seconds by part of the work.
#pragma once

#include <chrono>

namespace gnvpro {

struct Timings {
  double network = 0;
  double projection = 0;
  double krylov = 0;  // all of a Krylov step, its network passes included
  double dense = 0;   // all of a dense step
};

using Stopwatch = Timings;

/** Adds the time until the end of its scope to one part. */
class Timer {
 public:
  explicit Timer(double& seconds) : seconds_(seconds), start_(Clock::now()) {}
  ~Timer() { seconds_ += std::chrono::duration<double>(Clock::now() - start_).count(); }
  Timer(const Timer&) = delete;
  Timer& operator=(const Timer&) = delete;

 private:
  using Clock = std::chrono::steady_clock;
  double& seconds_;
  Clock::time_point start_;
};

}  // namespace gnvpro
