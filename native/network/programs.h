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
  // What stores the residuals that perSample reads, for a chunk of samples; null where linearize stores them for all.
  std::shared_ptr<const Program> chunkResiduals;
  SampleGradientLayout layout;
  int64_t columnsInFlight;  // numbers a sample that a tile keeps in cache
};

}  // namespace gnvpro
