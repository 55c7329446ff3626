// The programs of a network that an objective runs.
#pragma once

#include <algorithm>
#include <cstdint>
#include <memory>

#include "network/sample_gradients.h"
#include "program/program.h"

namespace gnvpro {

/** To be kept alive by whoever runs them. */
struct Programs {
  std::shared_ptr<const Program> linearize, jvp, vjp, perSample;  // perSample may be null
  SampleGradientLayout layout;

  int64_t columnsInFlight() const {
    return std::max({linearize->columnsInFlight(), jvp->columnsInFlight(), vjp->columnsInFlight()});
  }
};

}  // namespace gnvpro
