// How samples are cut: into tiles of rows, blocks of tiles, and the binary tree of blocks in which sums are formed.
#pragma once

#include <algorithm>
#include <cstdint>

#include "parallel/pool.h"
#include "samples/samples.h"

namespace gnvpro {

/** Rows [begin, end) of the arrays held here. */
struct Tile {
  int64_t begin;
  int64_t end;
  int64_t rows() const { return end - begin; }
};

/** Where a tile stands in the tree, and who works on it. */
struct Place {
  int64_t run;
  int64_t block;  // in its run
  bool isFirst;   // tile of its block
  bool isLast;    // tile of its block
  bool endsRun;   // as its last tile
  int worker;
};

/**
 * Tiles have equal rows (the last may be shorter), so many consecutive tiles are a block. Node (k, i) of the tree
 * stands for blocks i·2ᵏ up to (i + 1)·2ᵏ, as far as there are such, and joins (k − 1, 2i) with (k − 1, 2i + 1). All
 * this follows from the total number of samples and from the program. What is held here is one node, and threads work
 * on runs, nodes further down: neither changes the tree, and so no bit of a sum.
 */
class Tiling {
 public:
  /** `columnsInFlight`: doubles a sample that one tile keeps in cache. Throws where `samples` are no node. */
  Tiling(const Samples& samples, int64_t columnsInFlight, int threads);

  /**
   * The same tree without its lower levels: blocks are the least nodes of at least `leastRows` rows, cut into tiles of
   * at most `mostRows`, all in one run. For work that is parallel in itself, or that pays only on many rows.
   */
  Tiling joined(int64_t leastRows, int64_t mostRows) const;

  /** The same tree and tiles, with blocks that are the least nodes of at least `leastRows` rows. */
  Tiling withBlocksOf(int64_t leastRows) const;

  const Samples& samples() const { return samples_; }
  int64_t tileRows() const { return tileRows_; }
  int64_t blockRows() const { return blockRows_; }
  int64_t blocks() const { return blocks_; }
  int64_t runs() const { return runs_; }
  /** Levels of the tree below a run. */
  int levels() const { return levels_; }
  /** Threads that can have work at the same time. */
  int workers() const { return workers_; }

  /** `visit(tile, place)` for the tiles of a run, in their order. */
  template <typename Visit>
  void visitRun(int64_t run, int worker, Visit&& visit) const {
    const int64_t first = (run << levels_) * tilesPerBlock_;
    const int64_t end = std::min(first + (tilesPerBlock_ << levels_), tiles_);
    for (int64_t i = first; i < end; ++i) {
      const int64_t inRun = i - first, inBlock = inRun % tilesPerBlock_;
      const bool endsRun = i + 1 == end;
      visit(tile(i), Place{run, inRun / tilesPerBlock_, inBlock == 0, endsRun || inBlock + 1 == tilesPerBlock_, endsRun,
                           worker});
    }
  }

  /** All tiles, runs in parallel. */
  template <typename Visit>
  void visit(Pool& pool, Visit&& visit) const {
    const auto polling = [&](const Tile& tile, const Place& place) {
      pool.poll();
      visit(tile, place);
    };
    pool.run(runs_, [this, &polling](int64_t run, int worker) { visitRun(run, worker, polling); });
  }

 private:
  Tiling(const Samples& samples, int64_t tileRows, int64_t blockRows, uint64_t mostRuns, int threads);

  int64_t rowsOfNode(int64_t leastRows) const;

  Tile tile(int64_t index) const {
    const int64_t block = index / tilesPerBlock_ * blockRows_, begin = block + index % tilesPerBlock_ * tileRows_;
    return {begin, std::min({begin + tileRows_, block + blockRows_, samples_.count})};
  }

  Samples samples_;
  int64_t tileRows_, blockRows_, tilesPerBlock_, tiles_, blocks_, runs_;
  int levels_ = 0, threads_, workers_;
};

}  // namespace gnvpro
