// Which samples of the problem are held here.
#pragma once

#include <cstdint>

namespace gnvpro {

/** Samples [begin, begin + count) of `total`. Arrays hold `count` rows; means divide by `total`. */
struct Samples {
  int64_t begin;
  int64_t count;
  int64_t total;

  static Samples all(int64_t total) { return {0, total, total}; }
};

}  // namespace gnvpro
