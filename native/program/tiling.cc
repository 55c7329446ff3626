#include <algorithm>

#include "program/executor.h"

namespace gnvpro {
namespace {

constexpr int64_t kTileDoubles = 48 * 1024;  // 384 KiB: the second-level cache of one core
constexpr int64_t kMinRows = 64;             // below that, calls cost more than the work
constexpr int64_t kMaxRows = 1024;
constexpr int64_t kMaxGroups = 32;

int64_t ceilDiv(int64_t a, int64_t b) { return (a + b - 1) / b; }

/** Whole SIMD vectors and BLAS kernels. */
int64_t roundUp8(int64_t n) { return ceilDiv(n, 8) * 8; }

}  // namespace

Tiling::Tiling(int64_t samples, int64_t columnsInFlight) : samples_(samples) {
  const int64_t fitting = kTileDoubles / std::max<int64_t>(columnsInFlight, 1);
  const int64_t rows = std::clamp(fitting, kMinRows, kMaxRows);
  // As many tiles as needed, and all about equally long.
  tileRows_ = roundUp8(ceilDiv(samples, std::max<int64_t>(ceilDiv(samples, rows), 1)));
  tiles_ = samples == 0 ? 0 : ceilDiv(samples, tileRows_);
  tilesPerGroup_ = std::max<int64_t>(ceilDiv(tiles_, kMaxGroups), 1);
  groups_ = ceilDiv(tiles_, tilesPerGroup_);
}

Tile Tiling::tile(int64_t index) const { return {index * tileRows_, std::min((index + 1) * tileRows_, samples_)}; }

std::pair<int64_t, int64_t> Tiling::group(int64_t index) const {
  return {index * tilesPerGroup_, std::min((index + 1) * tilesPerGroup_, tiles_)};
}

}  // namespace gnvpro
