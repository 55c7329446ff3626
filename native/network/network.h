// The network at points of θ: features, the derivatives stored with them, and all programs that read these.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>

#include "network/programs.h"
#include "network/sample_gradients.h"
#include "parallel/cancel.h"
#include "parallel/stopwatch.h"
#include "problem/problem.h"
#include "program/executor.h"

namespace gnvpro {

/** A tile's rows of Z, good until the worker's next tile. */
using FeatureHook = std::function<void(const Tile& tile, const Place& place, const double* Z)>;

/**
 * One at a time. Outside this folder only Z, D and U are seen, as doubles and by tiles. Where derivatives are
 * recomputed each pass runs the linearize program on a tile before the programs that read what it stores, so that no
 * bit depends on it; least squares then keep no features either.
 */
class Network {
 public:
  virtual ~Network() = default;

  /** Memory for a point. */
  virtual NetworkPoint allocate(const Poll& poll) const = 0;
  /** What is kept of point.theta. */
  virtual void evaluate(NetworkPoint& point, const Cancel& cancel) = 0;
  /** The features of a point, which may be another than that of `setPoint`, tile by tile in the blocks of a tiling. */
  virtual void visit(NetworkPoint& point, const Tiling& tiling, const FeatureHook& hook, const Cancel& cancel) = 0;
  bool keepsFeatures() const { return !programs_.recomputes || !problem_.isLinear(); }

  /** The point whose derivatives the following take; it must stay. All or nothing. */
  virtual void setPoint(const NetworkPoint& point) = 0;
  /** D = dZ along v, N × w; `after` may read the tile's rows of Z and D. */
  virtual void forward(const double* v, const TileHook& after, const Cancel& cancel) = 0;
  /**
   * g = Σ_n (∂z_n/∂θ)ᵀ u_n of the cotangent U; `before` fills the tile's rows of it, and may read those of Z and, where
   * `along` is the v of the last `forward`, of D.
   */
  virtual void backward(double* g, const double* along, const TileHook& before, const Cancel& cancel) = 0;
  /** The tile's rows of Z, in the hooks of the two passes, for the worker of the tile. */
  virtual const double* Z(const Tile& tile, int worker) = 0;
  /** Those of D, until the worker's next tile. */
  virtual const double* D(const Tile& tile, int worker) = 0;
  /** Those of U, to be filled. */
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
