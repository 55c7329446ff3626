// QR of a tall row-major matrix in the tree of the sums over its rows (TSQR: Demmel et al., SIAM J. Sci. Comput. 34,
// 2012).
#pragma once

#include <cstdint>
#include <vector>

#include "parallel/pool.h"
#include "samples/tiling.h"

namespace gnvpro {

/**
 * A = Q R for A = [Z 1] / √N (N × m), optionally with √α I stacked below (N + m rows). Leaves, nodes of the tree with
 * enough rows, are factorised each by itself, then triangles in pairs up to the root. The reflectors are kept, and Q is
 * only ever applied by them, so that it stays orthonormal to rounding however ill-conditioned A is.
 */
class TallQr {
 public:
  TallQr(const Tiling& tiling, int64_t features, bool bias, const Poll& poll);

  /** `factors`: of the rows of [Z 1], or empty for ones. */
  void factorize(const double* Z, const std::vector<double>& factors, double alpha, Pool& pool);

  /** R, m × m upper triangular, column-major, zeros below. */
  const double* R() const { return R_.data(); }

  /** B = Q₁ X, the first N rows of Q times X (m × m column-major), as N × m row-major. */
  void applyTop(const double* X, double* B, Pool& pool);

  int64_t memoryBytes() const;

 private:
  struct Leaf {
    int64_t begin, rows;             // of the samples
    int64_t height;                  // max(rows, m): short leaves are padded by rows of zeros
    std::vector<double> reflectors;  // height × m column-major
    std::vector<double> tau;         // m
  };
  /** Two triangles on top of each other, of which the upper one becomes R. */
  struct Join {
    std::vector<double> lower;  // m × m column-major: a triangle, then the reflectors
    std::vector<double> T;      // their products, panel × m
  };

  void factorizeLeaf(Leaf& leaf, const double* Z, const std::vector<double>& factors) const;
  void applyLeaf(const Leaf& leaf, const double* top, double* work, double* B) const;
  void join(double* upper, Join& join) const;
  void split(const Join& join, double* upper, double* lower) const;
  int64_t leaves() const { return static_cast<int64_t>(leaves_.size()); }
  double* triangle(int64_t leaf) { return leaf == 0 ? R_.data() : joins_[leaf - 1].lower.data(); }
  double* block(int64_t leaf) { return blocks_.data() + leaf * m_ * m_; }

  int64_t samples_, features_, m_;
  bool bias_;
  double alpha_ = 0;  // of the last factorisation
  std::vector<Leaf> leaves_;
  std::vector<Join> joins_;  // by the lower one's first leaf, less one; then that with √α I
  std::vector<double> R_;
  std::vector<double> blocks_;             // m × m by leaf: what its part of Q is applied to
  std::vector<std::vector<double>> work_;  // by worker: height × m column-major
};

}  // namespace gnvpro
