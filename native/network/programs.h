// The programs of a network that an objective runs.
#pragma once

#include <cstdint>
#include <memory>

#include "network/sample_gradients.h"
#include "program/program.h"

namespace gnvpro {

/** To be kept alive by whoever runs them. */
struct Programs {
  std::shared_ptr<const Program> linearize, jvp, vjp, perSample;  // perSample may be null
  // Whether what linearize stores is computed again wherever it is read, and kept for a tile of samples only.
  bool recomputes = false;
  SampleGradientLayout layout;
  int64_t columnsInFlight;  // numbers a sample that a tile keeps in cache
};

}  // namespace gnvpro
