#include "parallel/pool.h"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <exception>
#include <list>
#include <mutex>
#include <new>
#include <system_error>
#include <thread>
#include <utility>
#include <vector>

#include "blas/buffer_lease.h"

namespace gnvpro {
namespace {

using Task = std::function<void(int64_t, int)>;

/** Krylov products follow each other within microseconds: look out that long before sleeping. */
constexpr std::chrono::microseconds kPatience{10};

void relax() {
#if defined(__x86_64__) || defined(__i386__)
  __builtin_ia32_pause();
#else
  std::this_thread::yield();
#endif
}

/** Spins until the condition holds or patience ends; whether it holds. */
template <typename Condition>
bool spin(Condition&& condition) {
  const auto end = std::chrono::steady_clock::now() + kPatience;
  do {
    for (int i = 0; i < 16; ++i) {
      if (condition()) return true;
      relax();
    }
  } while (std::chrono::steady_clock::now() < end);
  return condition();
}

}  // namespace

/**
 * The current run is `task` and `count`, both guarded by the mutex; `task` is null between runs. A worker joins a run
 * under the mutex, so one that wakes up late finds the run closed and is never waited for.
 */
struct Pool::State {
  std::list<blas::BufferLease> leases;  // of the workers
  std::vector<std::thread> workers;
  std::mutex mutex;
  std::condition_variable wake;
  std::condition_variable idle;
  const Task* task = nullptr;
  int64_t count = 0;
  int sleeping = 0;
  bool stopping = false;
  std::exception_ptr failure;
  std::atomic<uint64_t> epoch{0};  // changes when a run opens or the pool stops
  std::atomic<int> active{0};      // workers inside the current run
  std::atomic<int64_t> next{0};    // the next index nobody has taken

  const Cancel* cancel = nullptr;  // of the current run

  void work(const Task& run, int64_t end, int worker);
  void loop(int worker);
  bool awaitEpoch(uint64_t seen);
  void open(const Task& run, int64_t end);
  void close();
  void stop();
};

void Pool::State::work(const Task& run, int64_t end, int worker) {
  try {
    for (int64_t index; (index = next.fetch_add(1, std::memory_order_relaxed)) < end;) {
      if (cancel != nullptr) cancel->poll();
      run(index, worker);
    }
  } catch (...) {
    next.store(end, std::memory_order_relaxed);  // the others need not go on
    const std::lock_guard lock(mutex);
    if (!failure) failure = std::current_exception();
  }
}

/** Waits for an epoch other than the one seen; false when the pool stops. */
bool Pool::State::awaitEpoch(uint64_t seen) {
  const auto changed = [&] { return epoch.load(std::memory_order_acquire) != seen; };
  if (!spin(changed)) {
    std::unique_lock lock(mutex);
    ++sleeping;
    wake.wait(lock, changed);
    --sleeping;
  }
  const std::lock_guard lock(mutex);
  return !stopping;
}

void Pool::State::loop(int worker) {
  uint64_t seen = 0;
  while (awaitEpoch(seen)) {
    const Task* run = nullptr;
    int64_t end = 0;
    {
      const std::lock_guard lock(mutex);
      seen = epoch.load(std::memory_order_relaxed);
      run = task;
      end = count;
      if (run != nullptr) active.fetch_add(1, std::memory_order_relaxed);
    }
    if (run == nullptr) continue;
    work(*run, end, worker);
    const std::lock_guard lock(mutex);
    if (active.fetch_sub(1, std::memory_order_release) == 1) idle.notify_one();
  }
}

void Pool::State::open(const Task& run, int64_t end) {
  bool anyAsleep = false;
  {
    const std::lock_guard lock(mutex);
    task = &run;
    count = end;
    failure = nullptr;
    next.store(0, std::memory_order_relaxed);
    epoch.fetch_add(1, std::memory_order_release);
    anyAsleep = sleeping > 0;
  }
  if (anyAsleep) wake.notify_all();
}

/** No worker joins any more; waits for those inside and rethrows. */
void Pool::State::close() {
  const auto quiet = [&] { return active.load(std::memory_order_acquire) == 0; };
  std::exception_ptr thrown;
  {
    const std::lock_guard lock(mutex);
    task = nullptr;
  }
  spin(quiet);
  {
    std::unique_lock lock(mutex);
    idle.wait(lock, quiet);
    thrown = std::exchange(failure, nullptr);
  }
  if (thrown) std::rethrow_exception(thrown);
}

void Pool::State::stop() {
  {
    const std::lock_guard lock(mutex);
    stopping = true;
    epoch.fetch_add(1, std::memory_order_release);
  }
  wake.notify_all();
  for (std::thread& worker : workers) worker.join();
}

Pool::Pool(int threads) : state_(new State) {
  try {
    state_->workers.reserve(std::max(threads - 1, 0));
    for (int worker = 1; worker < threads; ++worker) {
      state_->leases.emplace_back(blas::BufferLease::Holder::member);
      state_->workers.emplace_back([this, worker] { state_->loop(worker); });
    }
  } catch (const std::system_error&) {
    // The system grants no more threads: a smaller team gives the same results.
  } catch (const std::bad_alloc&) {
    // The same where there is no memory for one, or for its calls of BLAS. To throw would leave those that run already
    // without their pool.
  }
}

Pool::~Pool() {
  state_->stop();
  delete state_;
}

int Pool::threads() const { return static_cast<int>(state_->workers.size()) + 1; }

void Pool::run(int64_t count, const Task& task) {
  if (count <= 1 || state_->workers.empty()) {
    for (int64_t index = 0; index < count; ++index) {
      poll();
      task(index, 0);
    }
    return;
  }
  state_->cancel = cancel_;  // read by the workers after `open` has published the run
  state_->open(task, count);
  state_->work(task, count, 0);
  state_->close();
}

}  // namespace gnvpro
