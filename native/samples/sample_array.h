// Numbers of the samples, wherever they are: N rows in memory, or in a file.
#pragma once

#include <cstdint>

namespace gnvpro {

/** Rows that have to be read. */
class RowSource {
 public:
  virtual ~RowSource() = default;
  /** Rows [begin, begin + count), good until the next call of this worker; any workers at the same time. */
  virtual const double* rows(int64_t begin, int64_t count, int worker) = 0;
};

/** N × columns numbers: an array, or what a source reads. Neither is owned. */
class SampleArray {
 public:
  SampleArray(const double* data = nullptr) : data_(data) {}
  SampleArray(RowSource& source) : source_(&source) {}

  /** Rows [begin, begin + count): where they lie, or as RowSource says. */
  const double* rows(int64_t begin, int64_t count, int64_t columns, int worker) const {
    return source_ == nullptr ? data_ + begin * columns : source_->rows(begin, count, worker);
  }

  /** Null where rows have to be read. */
  const double* data() const { return data_; }

 private:
  const double* data_ = nullptr;
  RowSource* source_ = nullptr;
};

}  // namespace gnvpro
