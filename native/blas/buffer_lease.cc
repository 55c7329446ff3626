#include "blas/buffer_lease.h"

#if defined(__unix__) || defined(__APPLE__)
#include <sys/mman.h>
#include <sys/resource.h>
#endif
#ifdef __GLIBC__
#include <malloc.h>
#endif

#include <algorithm>
#include <condition_variable>
#include <cstddef>
#include <cstdlib>
#include <cstring>
#include <mutex>
#include <vector>

// What every routine of OpenBLAS calls for its buffer, and to give it back. Weak: a build may hide them.
extern "C" {
__attribute__((weak)) void* blas_memory_alloc(int);
__attribute__((weak)) void blas_memory_free(void*);
char* openblas_get_config(void);
int openblas_get_num_threads(void);
}

namespace gnvpro::blas {
namespace {

using Holder = BufferLease::Holder;

/** BUFFER_SIZE of OpenBLAS. */
constexpr std::size_t kBufferBytes = std::size_t{128} << 20;

/**
 * Addresses left besides, for what other threads take between the trial and OpenBLAS's own request (an arena of malloc
 * is 64 MiB, and threads that start together take one each), and for data to come. The first buffer, which all need,
 * is had while the addon loads, when hardly anything else runs; the others can be done without.
 */
constexpr std::size_t kRoomOfFirst = std::size_t{16} << 20, kRoom = std::size_t{512} << 20;

/** Buffers of OpenBLAS's table, NUM_BUFFERS, of which its configuration tells. Beyond it grows with a warning. */
std::size_t tableSize() {
  if (blas_memory_alloc == nullptr) return 0;
  const char* threads = std::strstr(openblas_get_config(), "MAX_THREADS=");
  return std::max(50, threads == nullptr ? 0 : 2 * std::atoi(threads + std::strlen("MAX_THREADS=")));
}

/** Whether the system would give the addresses now. */
bool isMappable(std::size_t bytes) {
#if defined(__unix__) || defined(__APPLE__)
  void* trial = mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (trial == MAP_FAILED) return false;
  munmap(trial, bytes);
#endif
  return true;
}

/**
 * Where addresses are limited, threads that start share the arenas of malloc that are there. Each would take 64 MiB of
 * its own, down to the last: then Node has none for its code, and ends the process.
 */
void keepToArenas() {
#ifdef __GLIBC__
  rlimit limit;
  if (getrlimit(RLIMIT_AS, &limit) == 0 && limit.rlim_cur != RLIM_INFINITY) mallopt(M_ARENA_MAX, 1);
#endif
}

/** Buffers held at the same time: only so does OpenBLAS come to have that many. */
class Held {
 public:
  explicit Held(std::size_t most) { buffers_.reserve(most); }
  ~Held() {
    for (void* buffer : buffers_) blas_memory_free(buffer);
  }
  Held(const Held&) = delete;
  Held& operator=(const Held&) = delete;

  /** Null where there is no memory for a new one. */
  void* one(std::size_t room) {
    void* buffer = isMappable(kBufferBytes + room) ? blas_memory_alloc(0) : nullptr;
    if (buffer != nullptr) buffers_.push_back(buffer);
    return buffer;
  }

 private:
  std::vector<void*> buffers_;
};

/** The buffers that OpenBLAS is known to have, which stay where they are, and who may be using one. */
class Buffers {
 public:
  void take(Holder holder) {
    std::unique_lock lock(mutex_);
    while (!isOneMore()) {
      // Members take theirs within a job, so that one is left for jobs whenever none runs.
      if (holder == Holder::member || jobs_ == 0) throw NoBuffer();
      freed_.wait(lock);
    }
    ++of(holder);
  }

  void giveBack(Holder holder) {
    const std::lock_guard lock(mutex_);
    --of(holder);
    freed_.notify_one();
  }

 private:
  std::size_t& of(Holder holder) { return holder == Holder::job ? jobs_ : members_; }

  /** Whether OpenBLAS has, or now gets, a buffer for one holder more. */
  bool isOneMore() {
    const std::size_t wanted = jobs_ + members_ + 1;
    const std::size_t room = wanted == 1 ? kRoomOfFirst : kRoom;
    known_.reserve(wanted);
    if (wanted > tableSize_) {  // out of our hands
      if (known_.size() < wanted && isMappable(kBufferBytes + room)) known_.push_back(nullptr);
      return known_.size() >= wanted;
    }
    for (Held held(wanted); known_.size() < wanted;) {
      void* buffer = held.one(room);  // one that nobody uses, else a new one
      if (buffer == nullptr) return false;
      if (std::find(known_.begin(), known_.end(), buffer) == known_.end()) known_.push_back(buffer);
    }
    return true;
  }

  std::mutex mutex_;
  std::condition_variable freed_;
  std::vector<void*> known_;
  std::size_t jobs_ = 0, members_ = 0;
  const std::size_t tableSize_ = tableSize();
};

/** The buffers, never destroyed: a thread may end after the statics. */
Buffers& buffers() {
  static Buffers& one = *new Buffers;
  return one;
}

}  // namespace

const char* NoBuffer::what() const noexcept {
  return "There is not enough memory: OpenBLAS needs 128 MiB of addresses for every thread that calls it. Raise the "
         "limit (ulimit -v), or use fewer threads.";
}

BufferLease::BufferLease(Holder holder) : holder_(holder) { buffers().take(holder); }

BufferLease::~BufferLease() { buffers().giveBack(holder_); }

void prepareFirstBuffer() noexcept {
  keepToArenas();
  if (openblas_get_num_threads() > 1) return;  // its threads start only now, and would take the buffer for their own
  try {
    const BufferLease first(BufferLease::Holder::job);
  } catch (const std::bad_alloc&) {
    // The first job tells, if there is no memory then either.
  }
}

}  // namespace gnvpro::blas
