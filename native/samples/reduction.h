// Sums over samples in the fixed tree of a tiling: the only place where the parts of samples are joined to each other.
#pragma once

#include <cstdint>
#include <functional>

#include "parallel/buffer.h"
#include "parallel/pool.h"
#include "samples/tiling.h"

namespace gnvpro {

/**
 * One sum of `size` numbers. A block is summed tile by tile, two nodes are joined as soon as both are there: a run so
 * takes an accumulator for each level only, and its sum is the node's, whichever thread has formed it.
 */
class Reduction {
 public:
  Reduction(const Tiling& tiling, int64_t size, Pool& pool);

  /** What the numbers of two neighbours become, in the first's place: in place of their sum. */
  using Join = std::function<void(double* first, double* second)>;
  Reduction(const Tiling& tiling, int64_t size, Pool& pool, Join join);

  /** The share of a tile: `share(part)` adds it to the part of its block, or writes it where the tile is the first. */
  template <typename Share>
  void add(const Place& place, Share&& share) {
    share(part(place));
    end(place);
  }

  /** The two halves of `add`: `end` follows once the tile's share is in. */
  double* part(const Place& place) { return part(place.run, place.worker, pending(place.block)); }
  void end(const Place& place) {
    if (place.isLast) join(place);
  }

  /** The sum of all runs; writes `size` numbers, zeros where there are no samples. */
  void total(double* out);

  /** All of it: `share(tile, place, part)` for each tile, by all threads, and the total. */
  template <typename Share>
  void run(double* out, Share&& share) {
    tiling_.visit(pool_, [&](const Tile& tile, const Place& place) {
      share(tile, place, part(place));
      end(place);
    });
    total(out);
  }

  int64_t memoryBytes() const { return parts_.size() * static_cast<int64_t>(sizeof(double)); }

 private:
  /** Nodes of a run that wait for their neighbours while a block is summed: the binary digits of its number. */
  static int pending(int64_t block);
  double* part(int64_t run, int worker, int depth);
  void join(const Place& place);
  void joinTwo(double* first, double* second) const;
  void joinRuns();
  void totalOf(double* out, int64_t first, int64_t count);

  const Tiling& tiling_;
  Pool& pool_;
  int64_t size_, stride_;
  Join join_;     // null for sums
  Buffer parts_;  // the first of each run, then those of each worker
};

/** How many are not finite. */
int64_t countDefects(const double* values, int64_t count);

/** Whether all of N × columns numbers are finite. */
bool allFinite(const double* values, int64_t columns, const Tiling& tiling, Pool& pool);

}  // namespace gnvpro
