// The network at points of θ: features, the derivatives stored with them, and all programs that read these.
#pragma once

#include <cstdint>
#include <memory>

#include "network/programs.h"
#include "network/sample_gradients.h"
#include "parallel/cancel.h"
#include "parallel/stopwatch.h"
#include "problem/problem.h"
#include "program/executor.h"

namespace gnvpro {

/** One at a time. Outside this folder only Z, D and U are seen as arrays, and as doubles. */
class Network {
 public:
  virtual ~Network() = default;

  /** Memory for a point. */
  virtual NetworkPoint allocate(const Poll& poll) const = 0;
  /** Features and stored derivatives of point.theta. */
  virtual void evaluate(NetworkPoint& point, const Cancel& cancel) = 0;

  /** The point whose derivatives the following take; it must stay. All or nothing. */
  virtual void setPoint(const NetworkPoint& point) = 0;
  /** D = dZ along v, N × w; `after` may read the tile's rows of it. */
  virtual void forward(const double* v, const TileHook& after, const Cancel& cancel) = 0;
  /** g = Σ_n (∂z_n/∂θ)ᵀ u_n of the cotangent U; `before` fills the tile's rows of it. */
  virtual void backward(double* g, const TileHook& before, const Cancel& cancel) = 0;
  /** The tile's rows of D, for the worker of the tile, until its next tile. */
  virtual const double* D(const Tile& tile, int worker) = 0;
  /** The tile's rows of U, to be filled by the worker of the tile. */
  virtual double* U(const Tile& tile, int worker) = 0;

  /** Where there is a program for them: how the weights are grouped, and the gradients, up to `capacity` samples each.
   */
  SampleGradientGroups groups() const { return {programs_.layout, *programs_.perSample}; }
  std::unique_ptr<SampleGradients> sampleGradients(int64_t capacity) const;

  virtual int64_t memoryBytes() const = 0;

 protected:
  Network(const Problem& problem, const Programs& programs, Pool& pool)
      : problem_(problem), programs_(programs), pool_(pool) {}

  const Problem& problem_;
  const Programs& programs_;
  Pool& pool_;
};

/** In the numbers of the inputs. */
std::unique_ptr<Network> makeNetwork(const Problem& problem, const Programs& programs, const Tiling& tiling, Pool& pool,
                                     Timings& timings, const Poll& poll);

}  // namespace gnvpro
