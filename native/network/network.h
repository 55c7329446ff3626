// The network at points of θ: features, the derivatives stored with them, and all programs that read these.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "network/programs.h"
#include "network/sample_gradients.h"
#include "parallel/cancel.h"
#include "parallel/stopwatch.h"
#include "problem/problem.h"
#include "program/executor.h"

namespace gnvpro {

/** One at a time; outside this folder only Z, D and U are seen as arrays. */
class Network {
 public:
  Network(const Problem& problem, const Programs& programs, const Tiling& tiling, Pool& pool, Timings& timings,
          const Poll& poll);

  /** Memory for a point. */
  NetworkPoint allocate(const Poll& poll) const;
  /** Features and stored derivatives of point.theta. */
  void evaluate(NetworkPoint& point, const Cancel& cancel);

  /** The point whose derivatives the following take; it must stay. All or nothing. */
  void setPoint(const NetworkPoint& point);
  /** D = dZ along v, N × w; `after` may read the tile's rows of it. */
  void forward(const double* v, const Executor::TileHook& after, const Cancel& cancel);
  /** g = Σ_n (∂z_n/∂θ)ᵀ u_n of the cotangent U; `before` may fill the tile's rows of it. */
  void backward(double* g, const Executor::TileHook& before, const Cancel& cancel);
  Element* D() { return D_.data(); }
  Element* U() { return U_.data(); }

  /** Where there is a program for them: how the weights are grouped, and the gradients, up to `capacity` samples each.
   */
  SampleGradientGroups groups() const { return {programs_.layout, *programs_.perSample}; }
  std::unique_ptr<SampleGradients> sampleGradients(int64_t capacity) const;

  int64_t memoryBytes() const;

 private:
  const Problem& problem_;
  const Programs& programs_;
  Pool& pool_;
  Timings& timings_;
  Executor linearize_, jvp_, vjp_;
  Bindings forward_, backward_;
  std::vector<Element> D_, U_;  // N × w
};

}  // namespace gnvpro
