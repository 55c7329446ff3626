// The L-BFGS approximation B of the inverse Hessian from accepted steps (Nocedal & Wright, algorithm 7.4).
#pragma once

#include <cstdint>
#include <vector>

namespace gnvpro {

/** Steps s = x − x_prev of positive curvature sᵀy, y = g − g_prev, in somebody's memory: a ring of rows [s y]. */
class Pairs {
 public:
  /** `count` of `rows` rows of 2n numbers, the oldest being row `first`. */
  Pairs(const double* data, int64_t n, int64_t rows, int64_t first, int64_t count);

  bool empty() const { return pairs_.empty(); }

  /** q ← B q, where there are pairs. */
  void apply(std::vector<double>& q) const;

 private:
  struct Pair {
    const double *s, *y;
    double sy;
  };

  int64_t n_;
  std::vector<Pair> pairs_;  // oldest first
};

}  // namespace gnvpro
