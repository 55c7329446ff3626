// Cooperative cancellation of a running job.
#pragma once

#include <atomic>
#include <cstdint>
#include <exception>
#include <functional>

namespace gnvpro {

/** A job was cancelled by its owner; code ERR_ABORTED. */
class Aborted : public std::exception {
 public:
  const char* what() const noexcept override { return "The operation was aborted."; }
};

/** Asked between tiles and products: has the caller's flag been set, or the job been stopped from within? */
class Cancel {
 public:
  /** `flag`: an int32 that other threads may set to non-zero, or null. It must outlive this object. */
  explicit Cancel(int32_t* flag = nullptr) : flag_(flag) {}
  Cancel(const Cancel&) = delete;
  Cancel& operator=(const Cancel&) = delete;

  void stop() { stopped_.store(true, std::memory_order_relaxed); }

  bool requested() const {
    if (stopped_.load(std::memory_order_relaxed)) return true;
    return flag_ != nullptr && std::atomic_ref<int32_t>(*flag_).load(std::memory_order_relaxed) != 0;
  }

  /** Throws Aborted once cancellation has been requested. */
  void poll() const {
    if (requested()) throw Aborted();
  }

 private:
  int32_t* flag_;
  std::atomic<bool> stopped_{false};
};

/** Throws Aborted once cancellation has been requested. */
using Poll = std::function<void()>;

}  // namespace gnvpro
