#include "parallel/crew.h"

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

std::atomic<int> threadLimit{static_cast<int>(std::max(1u, std::thread::hardware_concurrency()))};
std::atomic<int> computingJobs{0}, computingHelpers{0};

/** How many threads more may compute. */
int spare() { return threadLimit.load() - computingJobs.load() - computingHelpers.load(); }

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

ThreadUse threadUse() { return {threadLimit.load(), computingJobs.load(), computingHelpers.load()}; }

void setThreadLimit(int limit) { threadLimit.store(limit); }

Computing::Computing() { computingJobs.fetch_add(1); }
Computing::~Computing() { computingJobs.fetch_sub(1); }

/** On the stack of the thread that opened it, which waits until the last helper has left. */
struct Crew::Run {
  const Task& task;
  const int64_t count;
  const int seats;
  const Cancel* const cancel;
  int taken = 0;                 // of the seats; guarded by the mutex of the crew
  std::exception_ptr failure{};  // guarded too
  std::atomic<int> active{0};    // helpers inside
  std::atomic<int64_t> next{0};  // the next index nobody has taken

  bool hasRoom() const { return taken < seats && next.load(std::memory_order_relaxed) < count; }
};

struct Crew::State {
  std::list<blas::BufferLease> leases;  // of the helpers
  std::vector<std::thread> helpers;
  mutable std::mutex mutex;
  std::condition_variable wake, idle;
  std::vector<Run*> open;
  int sleeping = 0;
  bool stopping = false;
  std::atomic<uint64_t> epoch{0};  // changes when a run opens that helpers may join, or the crew stops

  void grow(int wanted);
  void help();
  void work(Run& run, int worker);
  bool awaitEpoch(uint64_t seen);
  Run* join(int& worker);
  void leave(Run& run);
  void publish(Run& run);
  void finish(Run& run);
};

void Crew::State::work(Run& run, int worker) {
  try {
    for (int64_t index; (index = run.next.fetch_add(1, std::memory_order_relaxed)) < run.count;) {
      if (run.cancel != nullptr) run.cancel->poll();
      run.task(index, worker);
    }
  } catch (...) {
    run.next.store(run.count, std::memory_order_relaxed);  // the others need not go on
    const std::lock_guard lock(mutex);
    if (!run.failure) run.failure = std::current_exception();
  }
}

/** Waits for an epoch other than the one seen; false when the crew stops. */
bool Crew::State::awaitEpoch(uint64_t seen) {
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

/** A run that this helper now takes part in, with its number there; null where there is none, or no core for it. */
Crew::Run* Crew::State::join(int& worker) {
  const std::lock_guard lock(mutex);
  if (spare() <= 0) return nullptr;
  const auto found = std::find_if(open.begin(), open.end(), [](const Run* run) { return run->hasRoom(); });
  if (found == open.end()) return nullptr;
  Run* run = *found;
  std::rotate(found, found + 1, open.end());  // the next helper goes to another run
  worker = ++run->taken;
  run->active.fetch_add(1, std::memory_order_relaxed);
  computingHelpers.fetch_add(1);
  return run;
}

void Crew::State::leave(Run& run) {
  const std::lock_guard lock(mutex);
  computingHelpers.fetch_sub(1);
  if (run.active.fetch_sub(1, std::memory_order_release) == 1) idle.notify_all();
}

void Crew::State::help() {
  uint64_t seen = 0;
  while (awaitEpoch(seen)) {
    seen = epoch.load(std::memory_order_acquire);  // what opens from here on is seen next time
    int worker = 0;
    while (Run* run = join(worker)) {
      work(*run, worker);
      leave(*run);
    }
  }
}

/** Nobody is woken where no core is left. */
void Crew::State::publish(Run& run) {
  int wanted = 0;
  {
    const std::lock_guard lock(mutex);
    open.push_back(&run);
    const int helpful = static_cast<int>(std::min<int64_t>(run.seats, run.count - 1));
    const int free = std::min(helpful, spare());
    if (free <= 0) return;
    epoch.fetch_add(1, std::memory_order_release);
    wanted = std::min(free, sleeping);
  }
  for (; wanted > 0; --wanted) wake.notify_one();
}

/** No helper joins any more; waits for those inside and rethrows. */
void Crew::State::finish(Run& run) {
  const auto quiet = [&] { return run.active.load(std::memory_order_acquire) == 0; };
  {
    const std::lock_guard lock(mutex);
    open.erase(std::find(open.begin(), open.end(), &run));
  }
  spin(quiet);
  std::exception_ptr thrown;
  {
    std::unique_lock lock(mutex);
    idle.wait(lock, quiet);
    thrown = std::exchange(run.failure, nullptr);
  }
  if (thrown) std::rethrow_exception(thrown);
}

void Crew::State::grow(int wanted) {
  const std::lock_guard lock(mutex);
  try {
    open.reserve(64);
    helpers.reserve(std::max(wanted, 0));
    while (static_cast<int>(helpers.size()) < wanted) {
      leases.emplace_back(blas::BufferLease::Holder::member);
      helpers.emplace_back([this] { help(); });
    }
  } catch (const std::system_error&) {
    // The system grants no more threads: a smaller crew gives the same results.
  } catch (const std::bad_alloc&) {
    // The same where there is no memory for one, or for its calls of BLAS. To throw would leave those that run already
    // without their crew.
  }
  while (leases.size() > helpers.size()) leases.pop_back();
}

Crew::Crew() : state_(new State) {}

Crew::~Crew() {
  {
    const std::lock_guard lock(state_->mutex);
    state_->stopping = true;
    state_->epoch.fetch_add(1, std::memory_order_release);
  }
  state_->wake.notify_all();
  for (std::thread& helper : state_->helpers) helper.join();
}

std::shared_ptr<Crew> Crew::withHelpers(int helpers) {
  static std::mutex& mutex = *new std::mutex;  // never destroyed: a thread may end after the statics
  static std::weak_ptr<Crew>& ofProcess = *new std::weak_ptr<Crew>;
  const std::lock_guard lock(mutex);
  std::shared_ptr<Crew> crew = ofProcess.lock();
  if (!crew) ofProcess = crew = std::make_shared<Crew>();
  crew->state_->grow(std::min(helpers, threadLimit.load() - 1));
  return crew;
}

int Crew::helpers() const {
  const std::lock_guard lock(state_->mutex);
  return static_cast<int>(state_->helpers.size());
}

void Crew::run(int64_t count, int seats, const Task& task, const Cancel* cancel) {
  Run run{task, count, seats, cancel};
  state_->publish(run);
  state_->work(run, 0);
  state_->finish(run);
}

}  // namespace gnvpro
