// The L-BFGS approximation B of the inverse Hessian from accepted steps (Nocedal & Wright, algorithm 7.4).
#pragma once

#include <cstdint>
#include <deque>
#include <vector>

namespace gnvpro {

class Pairs {
 public:
  explicit Pairs(int64_t memory) : memory_(memory) {}

  /** Remembers s = θ − θ_prev and y = g − g_prev if their curvature is positive, so that B stays positive definite. */
  void add(std::vector<double> s, std::vector<double> y);

  bool empty() const { return pairs_.empty(); }
  void clear() { pairs_.clear(); }

  /** q ← B q */
  void apply(std::vector<double>& q) const;

 private:
  struct Pair {
    std::vector<double> s, y;
    double sy;
  };

  int64_t memory_;
  std::deque<Pair> pairs_;  // oldest first
};

}  // namespace gnvpro
