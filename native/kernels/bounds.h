// Bounds without overflow.
#pragma once

#include <cstdint>

namespace gnvpro {

inline bool isInRange(int64_t index, int64_t size) { return index >= 0 && index < size; }

/** [offset, offset + size) lies within [0, length). */
inline bool fits(int64_t offset, int64_t size, int64_t length) {
  return offset >= 0 && size >= 0 && offset <= length - size;
}

}  // namespace gnvpro
