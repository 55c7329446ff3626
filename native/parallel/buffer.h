// Scratch memory on cache-line boundaries.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <new>

namespace gnvpro {

inline constexpr std::align_val_t kCacheLine{64};

/** Numbers to a whole number of cache lines, so that neighbours never share one. */
template <typename T = double>
int64_t paddedSize(int64_t n) {
  constexpr int64_t kLine = 64 / sizeof(T);
  return (n + kLine - 1) / kLine * kLine;
}

/** A zero-filled array of fixed size. */
template <typename T>
class BufferOf {
 public:
  explicit BufferOf(int64_t size = 0) : size_(size), data_(allocate(size)) { std::fill_n(data(), size, T{0}); }

  T* data() const { return data_.get(); }
  int64_t size() const { return size_; }

 private:
  struct Free {
    void operator()(T* data) const { ::operator delete(data, kCacheLine); }
  };

  static T* allocate(int64_t size) {
    return static_cast<T*>(::operator new(static_cast<size_t>(size) * sizeof(T), kCacheLine));
  }

  int64_t size_;
  std::unique_ptr<T[], Free> data_;
};

using Buffer = BufferOf<double>;

}  // namespace gnvpro
