// The short cut of least squares: products with H whose cost does not depend on the number of targets.
#pragma once

#include <cstdint>
#include <vector>

#include "elimination/eliminated.h"
#include "elimination/residual_rows.h"
#include "network/network.h"
#include "problem/problem.h"
#include "samples/reduction.h"

namespace gnvpro {

/**
 * All S_n are ω_n I, so that the hat matrix acts on the left of D and W on its right. With B and T as the elimination
 * leaves them the cotangent of Z is, for the two parts of H,
 *   (ΩD − BBᵀD) WᵀW/N   and   R (DᵀR)ᵀ G⁻¹/N²,
 * and Kaufman's product touches no N × t array. Where the features are well conditioned BBᵀ is ΩZ̃ TTᵀ Z̃ᵀΩ/N, for
 * which no row of B has to be formed.
 */
class HatProduct {
 public:
  HatProduct(const Problem& problem, Network& network, const Tiling& tiling, Pool& pool);

  void setPoint(const Eliminated& at);
  /** H v without the regulariser. */
  void product(const double* v, double* Hv, const Cancel& cancel);

  int64_t memoryBytes() const;

 private:
  void weigh();
  void accumulate(const Tile& tile, const Place& place);
  void combine();
  void fillCotangent(const Tile& tile, int worker);
  const double* formQ(const Tile& tile, const double* Z, int worker);

  const Problem& problem_;
  Network& network_;
  const Eliminated* at_ = nullptr;
  Reduction hatSums_, residualSums_;  // QᵀD m × w, DᵀR w × t
  std::vector<double> QtD_, DtR_;
  bool weighed_ = false;          // M_ and Ginverse_ are those of the point
  bool formsB_ = false;           // BBᵀ = Q Qᵀ with Q = B, else QT (QT)ᵀ/N with Q = ΩZ̃
  std::vector<double> M_;         // WᵀW/N, w × w
  std::vector<double> E_;         // BBᵀD WᵀW/N = Q E, m × w
  std::vector<double> F_;         // (DᵀR)ᵀ G⁻¹/N², t × w
  std::vector<double> Ginverse_;  // leading w × w of G⁻¹
  TileBuffers<double> Q_;
  ResidualRows residual_;
};

}  // namespace gnvpro
