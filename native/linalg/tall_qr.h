// QR of a tall row-major matrix in a fixed tree: tiles of rows first, then their R factors stacked.
#pragma once

#include <cstdint>
#include <vector>

#include "parallel/pool.h"

namespace gnvpro {

/**
 * A = Q R for A = [Z 1] / √N (N × m), optionally with √α I stacked below (N + m rows). The reflectors are kept, and Q
 * is only ever applied by them, so that it stays orthonormal to rounding however ill-conditioned A is. The tree depends
 * on N and m only.
 */
class TallQr {
 public:
  TallQr(int64_t samples, int64_t features, bool bias, double alpha, const Poll& poll);

  /** `factors`: of the rows of [Z 1], or empty for ones. */
  void factorize(const double* Z, const std::vector<double>& factors, Pool& pool);

  /** R, m × m upper triangular, column-major, zeros below. */
  const double* R() const { return R_.data(); }

  /** B = Q₁ X, the first N rows of Q times X (m × m column-major), as N × m row-major. */
  void applyTop(const double* X, double* B, Pool& pool);

  int64_t memoryBytes() const;

 private:
  struct Tile {
    int64_t begin, rows;             // of the samples
    int64_t height;                  // max(rows, m): short tiles are padded by rows of zeros
    std::vector<double> reflectors;  // height × m column-major
    std::vector<double> tau;         // m
    std::vector<double> block;       // height × m column-major, scratch of applyTop
  };

  void factorizeTile(Tile& tile, const double* Z, const std::vector<double>& factors) const;
  void applyTile(Tile& tile, const double* top, int64_t ldTop, double* B) const;

  int64_t samples_, features_, m_;
  bool bias_;
  double alpha_;
  std::vector<Tile> tiles_;
  int64_t topRows_;
  std::vector<double> top_, topTau_, topBlock_, R_;
};

}  // namespace gnvpro
