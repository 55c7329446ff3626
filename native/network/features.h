// The features of a point, whether they are kept or not.
#pragma once

#include "network/network.h"

namespace gnvpro {

class Features {
 public:
  Features(Network& network, NetworkPoint& point) : network_(network), point_(point) {}

  /** N × w, or null where they are not kept. */
  const double* data() const { return point_.Z.empty() ? nullptr : point_.Z.data(); }
  /** All tiles, which are the network's, in the blocks of a tiling. */
  void visit(const Tiling& tiling, const FeatureHook& hook, const Cancel& cancel) const {
    network_.visit(point_, tiling, hook, cancel);
  }

 private:
  Network& network_;
  NetworkPoint& point_;
};

}  // namespace gnvpro
