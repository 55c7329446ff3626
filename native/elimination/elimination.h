// How W follows from the features: by a formula, by Newton's method, or not at all where it is given.
#pragma once

#include <cstdint>
#include <memory>

#include "elimination/eliminated.h"
#include "elimination/inner_factor.h"
#include "loss/convex_loss.h"
#include "parallel/cancel.h"
#include "parallel/pool.h"
#include "problem/problem.h"
#include "program/executor.h"

namespace gnvpro {

class Elimination {
 public:
  virtual ~Elimination() = default;

  /** Memory for what `solve` finds. */
  virtual Eliminated allocate(const Poll& poll) const;

  /**
   * All that belongs to the features Z, N × w. W comes in as the first guess of an iteration, or as W itself where it
   * is given. False, with `at` unusable, where features or solution are not finite.
   */
  virtual bool solve(const double* Z, Eliminated& at, const Cancel& cancel) = 0;

  /** H_W at a point, which must stay while the factor is in use; null where W is given. */
  virtual InnerFactor* factor(const Eliminated& at) = 0;

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
