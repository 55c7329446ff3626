// Everything that belongs to one point of an objective: the network there, W, and the regulariser of θ.
#pragma once

#include <vector>

#include "elimination/eliminated.h"
#include "network/network_point.h"

namespace gnvpro {

struct Point {
  NetworkPoint network;
  Eliminated eliminated;
  double regularization = 0;                // of θ
  std::vector<double> regularizerGradient;  // A (θ − reference)

  int64_t memoryBytes() const {
    return network.memoryBytes() + 8 * (eliminated.doubles() + static_cast<int64_t>(regularizerGradient.size()));
  }
};

}  // namespace gnvpro
