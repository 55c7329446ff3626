#include "samples/reduction.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>
#include <utility>

namespace gnvpro {
namespace {

constexpr int64_t kNumbers = 1 << 14;  // of the total in one task

void addTo(double* __restrict sum, const double* __restrict x, int64_t n) {
  for (int64_t i = 0; i < n; ++i) sum[i] += x[i];
}

}  // namespace

Reduction::Reduction(const Tiling& tiling, int64_t size, Pool& pool) : Reduction(tiling, size, pool, nullptr) {}

Reduction::Reduction(const Tiling& tiling, int64_t size, Pool& pool, Join join)
    : tiling_(tiling),
      pool_(pool),
      size_(size),
      stride_(paddedSize(size)),
      join_(std::move(join)),
      parts_((tiling.runs() + tiling.workers() * tiling.levels()) * stride_) {}

int Reduction::pending(int64_t block) { return std::popcount(static_cast<uint64_t>(block)); }

double* Reduction::part(int64_t run, int worker, int depth) {
  const int64_t index = depth == 0 ? run : tiling_.runs() + worker * tiling_.levels() + depth - 1;
  return parts_.data() + index * stride_;
}

/** Nodes of the same size; at the end of the run, where the last ones may be smaller, all that are left. */
void Reduction::join(const Place& place) {
  const int most = pending(place.block);
  const int joins = place.endsRun ? most : std::countr_one(static_cast<uint64_t>(place.block));
  for (int depth = most; depth > most - joins; --depth) {
    joinTwo(part(place.run, place.worker, depth - 1), part(place.run, place.worker, depth));
  }
}

void Reduction::joinTwo(double* first, double* second) const {
  if (join_) {
    join_(first, second);
  } else {
    addTo(first, second, size_);
  }
}

void Reduction::total(double* out) {
  if (join_) {
    joinRuns();
    if (tiling_.runs() == 0) std::fill_n(out, size_, 0.0);
    if (tiling_.runs() > 0) std::copy_n(part(0, 0, 0), size_, out);
    return;
  }
  const int64_t tasks = (size_ + kNumbers - 1) / kNumbers;
  pool_.run(tasks, [this, out](int64_t task, int) {
    const int64_t first = task * kNumbers;
    totalOf(out, first, std::min(kNumbers, size_ - first));
  });
}

/** Level by level, since nothing says that numbers of a node are joined one by one. */
void Reduction::joinRuns() {
  const int64_t runs = tiling_.runs();
  for (int64_t step = 1; step < runs; step *= 2) {
    pool_.run((runs + step - 1) / (2 * step),
              [&](int64_t i, int) { join_(part(2 * i * step, 0, 0), part((2 * i + 1) * step, 0, 0)); });
  }
}

void Reduction::totalOf(double* out, int64_t first, int64_t count) {
  const int64_t runs = tiling_.runs();
  for (int64_t step = 1; step < runs; step *= 2) {
    for (int64_t run = 0; run + step < runs; run += 2 * step) {
      addTo(part(run, 0, 0) + first, part(run + step, 0, 0) + first, count);
    }
  }
  if (runs == 0) std::fill_n(out + first, count, 0.0);
  if (runs > 0) std::copy_n(part(0, 0, 0) + first, count, out + first);
}

int64_t countDefects(const double* values, int64_t count) {
  int64_t found = 0;
  for (int64_t i = 0; i < count; ++i) found += !(std::abs(values[i]) <= std::numeric_limits<double>::max());
  return found;
}

bool allFinite(const double* values, int64_t columns, const Tiling& tiling, Pool& pool) {
  Reduction counts(tiling, 1, pool);
  double bad = 0;
  counts.run(&bad, [&](const Tile& tile, const Place& place, double* count) {
    const int64_t found = countDefects(values + tile.begin * columns, tile.rows() * columns);
    *count = (place.isFirst ? 0 : *count) + static_cast<double>(found);
  });
  return bad == 0;
}

}  // namespace gnvpro
