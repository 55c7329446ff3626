// The geometry that instructions on images carry in their attributes (lib/program/windows.ts).
#pragma once

#include <cstdint>
#include <vector>

#include "kernels/windows.h"
#include "program/instruction_check.h"

namespace gnvpro {

/** Windows on images with a border, the channels in groups. */
struct Convolution {
  static constexpr int32_t kAttributes = 13;

  windows::Windows windows;  // on the image with its border
  windows::Border border;
  int64_t groups;

  explicit Convolution(const std::vector<int32_t>& attributes);

  int64_t imageSize() const;
  /** Weights of a filter. */
  int64_t taps() const { return windows.channels / groups * windows.area(); }
  /** The windows are the pixels: nothing has to be moved. */
  bool isPointwise() const;
};

inline constexpr int32_t kWindowAttributes = 7;

windows::Windows windowsOf(const std::vector<int32_t>& attributes);

// Afterwards no product of the geometry's numbers overflows, and all windows lie within the image and its border.

windows::Windows checkWindows(const InstructionCheck& check);
Convolution checkConvolution(const InstructionCheck& check);

}  // namespace gnvpro
