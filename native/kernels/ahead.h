// What the next tile reads. Products wait for arithmetic, not for memory: on their way they ask for it, a cache line at
// a time, so that it lies in the second-level cache when its turn comes. The results know nothing of it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace gnvpro {

template <typename T>
class Ahead {
 public:
  /** Where to begin, and how many numbers further the next request is. */
  struct Requests {
    const T* first;
    int64_t distance;
  };

  /** Room for so many arrays: adding them allocates nothing. */
  explicit Ahead(size_t arrays) { parts_.reserve(arrays); }

  void clear() {
    parts_.clear();
    part_ = 0;
  }

  void add(const T* first, int64_t size) { parts_.push_back({first, size}); }

  /** The next `count` requests; where nothing is left, for `other` time and again. */
  Requests take(int64_t count, const T* other) {
    if (part_ == parts_.size()) return {other, 0};
    Part& part = parts_[part_];
    const T* first = part.first;
    part.first += count * kDistance;
    part.size -= count * kDistance;
    if (part.size <= 0) ++part_;
    return {first, kDistance};
  }

 private:
  struct Part {
    const T* first;
    int64_t size;
  };

  static constexpr int64_t kDistance = 32 / sizeof(T);  // half a line: with more of them the products would wait

  std::vector<Part> parts_;
  size_t part_ = 0;
};

}  // namespace gnvpro
