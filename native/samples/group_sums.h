// Accumulators for sums over samples: one a group of tiles, combined in the order of the groups.
#pragma once

#include <cstdint>
#include <vector>

#include "program/buffer.h"

namespace gnvpro {

class GroupSums {
 public:
  GroupSums(int64_t groups, int64_t size) : size_(size) {
    for (int64_t i = 0; i < groups; ++i) parts_.emplace_back(size);
  }

  double* part(int64_t group) { return parts_[group].data(); }

  /** Σ over the groups into total. */
  void combine(double* total) const {
    std::fill_n(total, size_, 0.0);
    for (const Buffer& part : parts_) {
      for (int64_t i = 0; i < size_; ++i) total[i] += part.data()[i];
    }
  }

 private:
  int64_t size_;
  std::vector<Buffer> parts_;
};

}  // namespace gnvpro
