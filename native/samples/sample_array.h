// Numbers of the samples, wherever they are: N rows in memory, or in a file.
#pragma once

#include <cstdint>
#include <type_traits>

namespace gnvpro {

/** Rows that have to be read. */
class RowSource {
 public:
  virtual ~RowSource() = default;
  /** Rows [begin, begin + count), good until the next call of this worker; any workers at the same time. */
  virtual const double* rows(int64_t begin, int64_t count, int worker) = 0;
};

/** N × columns numbers T: an array, or, of doubles, what a source reads. Neither is owned. */
template <typename T>
class SampleArray {
 public:
  SampleArray(const T* data = nullptr) : data_(data) {}
  SampleArray(RowSource& source) requires std::is_same_v<T, double> : source_(&source) {}

  /** Rows [begin, begin + count): where they lie, or as RowSource says. */
  const T* rows(int64_t begin, int64_t count, int64_t columns, int worker) const {
    if constexpr (std::is_same_v<T, double>) {
      if (source_ != nullptr) return source_->rows(begin, count, worker);
    }
    return data_ + begin * columns;
  }

  /** Null where rows have to be read. */
  const T* data() const { return data_; }

 private:
  const T* data_ = nullptr;
  RowSource* source_ = nullptr;
};

}  // namespace gnvpro
