// Rows of R = Ω(Z̃Wᵀ − C) of least squares: where they lie, or formed from those of Z.
#pragma once

#include "elimination/eliminated.h"
#include "problem/problem.h"
#include "samples/tiling.h"

namespace gnvpro {

/** Writes a tile's rows, from those of Z, and returns Σ ω_n ‖z̃_nᵀWᵀ − c_n‖²; `worker` reads C. */
double formResidual(const Problem& problem, const Eliminated& at, const Tile& tile, const double* Z, int worker,
                    double* R);

class ResidualRows {
 public:
  /** For tiles of up to so many rows. */
  ResidualRows(const Problem& problem, int64_t rows, int workers)
      : problem_(problem), tiles_(workers, rows * problem.targets) {}

  /** Good until the worker's next tile. */
  const double* of(const Eliminated& at, const Tile& tile, const double* Z, int worker);

  int64_t memoryBytes() const { return tiles_.memoryBytes(); }

 private:
  const Problem& problem_;
  TileBuffers<double> tiles_;
};

}  // namespace gnvpro
