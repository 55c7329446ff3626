// Numbers of the samples, wherever they are: N rows in memory, those of a tile, or in a file.
#pragma once

#include <cstdint>
#include <type_traits>
#include <vector>

namespace gnvpro {

/** Rows that have to be read. */
class RowSource {
 public:
  virtual ~RowSource() = default;
  /** Rows [begin, begin + count), good until the next call of this worker; any workers at the same time. */
  virtual const double* rows(int64_t begin, int64_t count, int worker) = 0;
};

/** Numbers of one tile for each worker, good until the next tile of that worker. */
template <typename T>
class TileBuffers {
 public:
  TileBuffers() = default;
  TileBuffers(int workers, int64_t size) {
    for (int i = 0; i < workers; ++i) buffers_.emplace_back(size);
  }

  T* of(int worker) { return buffers_[worker].data(); }
  int64_t memoryBytes() const {
    return buffers_.empty() ? 0 : static_cast<int64_t>(buffers_.size() * buffers_[0].size() * sizeof(T));
  }

 private:
  std::vector<std::vector<T>> buffers_;
};

/** N × columns numbers T: an array; those of tiles; or, of doubles, what a source reads. None is owned. */
template <typename T>
class SampleArray {
 public:
  SampleArray(const T* data = nullptr) : data_(data) {}
  SampleArray(TileBuffers<T>& tiles) : tiles_(&tiles) {}
  SampleArray(RowSource& source) requires std::is_same_v<T, double> : source_(&source) {}

  /** Rows [begin, begin + count): where they lie, or as RowSource says. */
  const T* rows(int64_t begin, int64_t count, int64_t columns, int worker) const {
    if (tiles_ != nullptr) return tiles_->of(worker);
    if constexpr (std::is_same_v<T, double>) {
      if (source_ != nullptr) return source_->rows(begin, count, worker);
    }
    return data_ + begin * columns;
  }

  /** Null where there is no array. */
  const T* data() const { return data_; }

 private:
  const T* data_ = nullptr;
  TileBuffers<T>* tiles_ = nullptr;
  RowSource* source_ = nullptr;
};

/** Where numbers of the samples go: to an array of N × columns, or to those of a tile. */
template <typename T>
class SampleOutput {
 public:
  SampleOutput(T* data = nullptr) : data_(data) {}
  SampleOutput(TileBuffers<T>& tiles) : tiles_(&tiles) {}

  T* rows(int64_t begin, int64_t columns, int worker) const {
    return tiles_ != nullptr ? tiles_->of(worker) : data_ + begin * columns;
  }

 private:
  T* data_ = nullptr;
  TileBuffers<T>* tiles_ = nullptr;
};

}  // namespace gnvpro
