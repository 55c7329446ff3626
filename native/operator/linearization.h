// How the predictions change with θ, and what the change of W follows from.
#pragma once

#include <cstdint>
#include <vector>

#include "elimination/eliminated.h"
#include "loss/convex_loss.h"
#include "network/network.h"
#include "problem/problem.h"
#include "samples/reduction.h"

namespace gnvpro {

/** Row n of `out` is S_n v_n for the tile's rows of V; `out` may be V. */
void curve(const Problem& problem, const ConvexLoss& loss, const Tile& tile, const Eliminated& at, const double* V,
           double* out);

/**
 * With D = dZ along v: E = D Wᵀ, S E row by row, k = Σ_n (S_n e_n) z̃_nᵀ/N and q = Σ_n g_n d_nᵀ/N (both t × m). Where W
 * is given, v is [δθ ; vec δW], E is all of dS = D Wᵀ + Z̃ δWᵀ, in the place of which S E is left, and there is no q.
 */
class Linearization {
 public:
  Linearization(const Problem& problem, Network& network, const ConvexLoss& loss, const Tiling& tiling, Pool& pool,
                const Poll& poll);

  void run(const Eliminated& at, const double* v, const Cancel& cancel);
  /** E alone. */
  const double* change(const Eliminated& at, const double* v, const Cancel& cancel);

  const double* E() const { return E_.data(); }
  double* SE() { return problem_.joint ? E_.data() : SE_.data(); }
  const std::vector<double>& k() const { return k_; }
  const std::vector<double>& q() const { return q_; }
  /** k + q, t × m. */
  void slope(double* out) const;

  int64_t memoryBytes() const;

 private:
  void fillE(const Eliminated& at, const double* v, const Tile& tile, const double* D);
  void accumulate(const Eliminated& at, const double* v, const Tile& tile, const Place& place);

  const Problem& problem_;
  Network& network_;
  const ConvexLoss& loss_;
  Reduction curvedSums_, slantedSums_;
  std::vector<double> E_, SE_;  // N × t
  std::vector<double> k_, q_;
};

}  // namespace gnvpro
