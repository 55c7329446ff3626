// An objective of one kind: what it makes of the features, and the derivatives that go with it.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "elimination/projected.h"
#include "network/point.h"
#include "parallel/cancel.h"

namespace gnvpro {

class Objective {
 public:
  virtual ~Objective() = default;

  /** Memory for what `project` finds. */
  virtual std::unique_ptr<Projected> allocate(const Poll& poll) const = 0;

  /**
   * W for the features Z, N × w. `start` (t × m), or null for zero, is where an iteration for W begins; W itself where
   * nothing is projected out. False, with `out` unusable, where features or solution are not finite.
   */
  virtual bool project(const double* Z, const double* start, Projected& out, const Cancel& cancel) = 0;

  /** To be called whenever another point becomes the current one; all or nothing. */
  virtual void setPoint(const Point* point) = 0;

  /** The gradient at the current point, regularisers included. Vectors are of length `problem.unknowns()`. */
  virtual void gradient(double* g, const Cancel& cancel) = 0;

  /** H v, the regulariser included. `slope`, if not null: −H_W dW along v, t × m, where `predict` needs it. */
  virtual void product(const double* v, double* Hv, double* slope, const Cancel& cancel) = 0;

  /** J v, (N + m) × t row-major, and Jᵀ u for such a u. For tests: not tuned. */
  virtual std::vector<double> jacobianProduct(const double* v, const Cancel& cancel) = 0;
  virtual std::vector<double> jacobianTransposeProduct(const double* u, const Cancel& cancel) = 0;

  /** H, both triangles. Returns the passes of the network that it took. */
  virtual int64_t assemble(double rankTolerance, std::vector<double>& H, const Cancel& cancel) = 0;

  /** ∂ℓ/∂S by row at the current point, N × t. */
  virtual std::vector<double> lossGradient() const = 0;

  /** Whether the projection is an iteration, to which a good start is worth something. */
  virtual bool usesStart() const { return false; }
  /** −H_W dW along v. */
  virtual void slope(const double* v, double* out, const Cancel& cancel);
  /** W + dW of the current point. */
  virtual std::vector<double> predict(const std::vector<double>& slope, const Cancel& cancel);

  virtual int64_t memoryBytes() const = 0;

 protected:
  /** The columns of H, n × n, made symmetric. */
  int64_t assembleByProducts(int64_t n, std::vector<double>& H, const Cancel& cancel);
};

}  // namespace gnvpro
