// How W follows from the features: by a formula, by Newton's method, or not at all where it is given.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "elimination/eliminated.h"
#include "loss/convex_loss.h"
#include "network/features.h"
#include "parallel/cancel.h"
#include "parallel/pool.h"
#include "problem/problem.h"
#include "samples/tiling.h"

namespace gnvpro {

/**
 * H_W = (1/N) Σ_n S_n ⊗ z̃_n z̃_nᵀ + α_W I on the row-major vec(W), of order tm, factorised when something first asks for
 * it; where features are dependent, its pseudo-inverse.
 */
class InnerFactor {
 public:
  virtual ~InnerFactor() = default;

  /** The point that all is at; it must stay. */
  virtual void setPoint(const Eliminated& at) { at_ = &at; }
  /** K ← H_W⁻¹ K in place, K t × m. */
  virtual void solve(double* K, const Cancel& cancel) = 0;
  /** H_W⁻¹, by solves. */
  std::vector<double> inverse(const Cancel& cancel);
  /** tr(S_n (I ⊗ z̃_n)ᵀ H_W⁻¹ (I ⊗ z̃_n))/N by sample: their sum is the number of weights that the data determine. */
  virtual std::vector<double> leverages(const Cancel& cancel) = 0;
  /** log det H_W, over the directions that are not left out; NaN where H_W is too large for a factor. */
  virtual double logDeterminant() = 0;
  /** tr H_W⁻¹, in the same way. */
  virtual double traceOfInverse() = 0;
  /**
   * T with TTᵀ = H_W⁻¹, row-major: m × m where H_W is I ⊗ G, t of them where outputs do not mix, else tm × tm. Empty
   * where H_W is too large for a factor.
   */
  virtual std::vector<double> root() = 0;

 protected:
  explicit InnerFactor(int64_t order) : order_(order) {}

  int64_t order_;
  const Eliminated* at_ = nullptr;
};

class Elimination {
 public:
  virtual ~Elimination() = default;

  /** Memory for what `solve` finds; without R where rows of it are formed when they are needed. */
  Eliminated allocate(bool keepsRows, const Poll& poll) const;

  /**
   * All that belongs to the features. W comes in as the first guess of an iteration, or as W itself where it
   * is given. False, with `at` unusable, where features or solution are not finite.
   */
  virtual bool solve(const Features& features, Eliminated& at, const Cancel& cancel) = 0;

  /** Null where W is given. */
  virtual InnerFactor* factor() { return nullptr; }

  /** Whether W is found by an iteration, to which a good guess is worth something. */
  virtual bool iterates() const { return false; }

  virtual int64_t memoryBytes() const = 0;

 protected:
  Elimination(const Problem& problem, ConvexLoss& loss, const Tiling& tiling, Pool& pool)
      : problem_(problem), loss_(loss), tiling_(tiling), pool_(pool) {}

  const Problem& problem_;
  ConvexLoss& loss_;
  const Tiling& tiling_;
  Pool& pool_;
};

/** The one that the problem asks for. */
std::unique_ptr<Elimination> makeElimination(const Problem& problem, ConvexLoss& loss, const Tiling& tiling, Pool& pool,
                                             const Poll& poll);

}  // namespace gnvpro
