// The losses that are formulas: tiles of rows in parallel, summed in a fixed order.
#pragma once

#include <vector>

#include "loss/convex_loss.h"
#include "samples/reduction.h"

namespace gnvpro {

class RowwiseLoss : public ConvexLoss {
 public:
  RowwiseLoss(const Problem& problem, const Tiling& tiling, Pool& pool);

  double evaluate(const double* S, double* G, double* curvature, const Cancel& cancel) override;
  int64_t memoryBytes() const override;

 protected:
  /** Some rows of S and C. Weights may be null for ones. */
  struct Rows {
    int64_t count;
    const double* S;
    const double* C;
    const double* weights;
    double* G;
    double* curvature;
    double* scratch;  // count × t
  };
  /** Σ ω ℓ over the rows; writes G and curvature. */
  virtual double evaluateRows(const Rows& rows) const = 0;

  int64_t targets() const { return problem_.targets; }

 private:
  const Problem& problem_;
  Reduction loss_;
  std::vector<std::vector<double>> scratch_;  // by worker
};

}  // namespace gnvpro
