// Scratch memory on cache-line boundaries.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <new>

namespace gnvpro {

inline constexpr std::align_val_t kCacheLine{64};

/** Doubles to a whole number of cache lines, so that neighbours never share one. */
inline int64_t paddedSize(int64_t n) { return (n + 7) / 8 * 8; }

/** A zero-filled array of doubles of fixed size. */
class Buffer {
 public:
  explicit Buffer(int64_t size = 0) : size_(size), data_(allocate(size)) { std::fill_n(data(), size, 0.0); }

  double* data() const { return data_.get(); }
  int64_t size() const { return size_; }

 private:
  struct Free {
    void operator()(double* data) const { ::operator delete(data, kCacheLine); }
  };

  static double* allocate(int64_t size) {
    return static_cast<double*>(::operator new(static_cast<size_t>(size) * sizeof(double), kCacheLine));
  }

  int64_t size_;
  std::unique_ptr<double[], Free> data_;
};

}  // namespace gnvpro
