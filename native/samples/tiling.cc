#include "samples/tiling.h"

#include <bit>
#include <stdexcept>

namespace gnvpro {
namespace {

constexpr int64_t kTileDoubles = 3 << 14;     // 384 KiB: the second-level cache of one core
constexpr int64_t kMinRows = 64;              // below that, calls cost more than the work …
constexpr int64_t kMuchDoubles = 512 * 1024;  // … unless it is so much: 4 MiB
constexpr int64_t kMaxRows = 1024;
// Blocks: 32 of few samples, then as many as have 512 rows each, so that to join two costs next to nothing.
constexpr int64_t kFewBlocks = 32;
constexpr int64_t kBlockRows = 512;
constexpr int64_t kMaxBlocks = 4096;
constexpr uint64_t kFewRuns = 32;      // among several threads: their number is what sums take memory for
constexpr uint64_t kRunsOfThread = 4;  // at least, lest threads wait for the last

int64_t ceilDiv(int64_t a, int64_t b) { return (a + b - 1) / b; }

/** Whole SIMD vectors and BLAS kernels. */
int64_t roundUp8(int64_t n) { return ceilDiv(n, 8) * 8; }

/** As many tiles as needed, and all about equally long. */
int64_t rowsOfTile(int64_t samples, int64_t columnsInFlight) {
  const int64_t columns = std::max<int64_t>(columnsInFlight, 1);
  const int64_t least = std::clamp<int64_t>(kMuchDoubles / columns, 1, kMinRows);
  const int64_t rows = std::clamp(kTileDoubles / columns, least, kMaxRows);
  return std::max<int64_t>(roundUp8(ceilDiv(samples, std::max<int64_t>(ceilDiv(samples, rows), 1))), 8);
}

/** Whole tiles. */
int64_t rowsOfBlock(int64_t samples, int64_t columnsInFlight) {
  const int64_t tile = rowsOfTile(samples, columnsInFlight);
  const int64_t rows = std::max(std::min(ceilDiv(samples, kFewBlocks), kBlockRows), ceilDiv(samples, kMaxBlocks));
  return std::max<int64_t>(ceilDiv(rows, tile), 1) * tile;
}

uint64_t mostRuns(int threads) { return threads == 1 ? 1 : std::max(kFewRuns, std::bit_ceil(kRunsOfThread * threads)); }

/** Whether the samples are all the blocks of a node. */
bool isNode(const Samples& samples, int64_t blockRows) {
  const int64_t first = samples.begin / blockRows, end = samples.begin + samples.count;
  const auto span = static_cast<int64_t>(std::bit_ceil(static_cast<uint64_t>(ceilDiv(samples.count, blockRows))));
  return samples.begin == first * blockRows && first % span == 0 &&
         (end == samples.total || samples.count == span * blockRows);
}

}  // namespace

Tiling::Tiling(const Samples& samples, int64_t columnsInFlight, int threads)
    : Tiling(samples, rowsOfTile(samples.total, columnsInFlight), rowsOfBlock(samples.total, columnsInFlight),
             mostRuns(threads), threads) {}

Tiling::Tiling(const Samples& samples, int64_t tileRows, int64_t blockRows, uint64_t mostRuns, int threads)
    : samples_(samples),
      tileRows_(tileRows),
      blockRows_(blockRows),
      tilesPerBlock_(ceilDiv(blockRows, tileRows)),
      blocks_(ceilDiv(samples.count, blockRows)),
      threads_(threads) {
  if (!isNode(samples, blockRows)) throw std::logic_error("the samples held here are no node of the tree of sums");
  const int64_t whole = samples.count / blockRows;
  tiles_ = whole * tilesPerBlock_ + ceilDiv(samples.count - whole * blockRows, tileRows);
  while (ceilDiv(blocks_, int64_t{1} << levels_) > static_cast<int64_t>(mostRuns)) ++levels_;
  runs_ = ceilDiv(blocks_, int64_t{1} << levels_);
  workers_ = runs_ > 1 ? threads : 1;
}

/** The least node of at least so many. */
int64_t Tiling::rowsOfNode(int64_t leastRows) const {
  int64_t rows = blockRows_;
  while (rows < leastRows && rows < samples_.total) rows *= 2;
  return rows;
}

Tiling Tiling::joined(int64_t leastRows, int64_t mostRows) const {
  const int64_t rows = rowsOfNode(leastRows), tiles = ceilDiv(rows, mostRows);
  return {samples_, ceilDiv(rows, tiles), rows, 1, 1};
}

Tiling Tiling::withBlocksOf(int64_t leastRows) const {
  return {samples_, tileRows_, rowsOfNode(leastRows), mostRuns(threads_), threads_};
}

}  // namespace gnvpro
