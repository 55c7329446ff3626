#include "program/geometry.h"

#include <algorithm>

namespace gnvpro {
namespace {

using windows::Windows;

/** Of an image with its border, as of the columns of a value. */
constexpr int64_t kMostPixels = 1 << 24;

/** The product of extents is at most kMostPixels. */
void checkSize(const InstructionCheck& check, std::initializer_list<int64_t> extents) {
  int64_t size = 1;
  for (int64_t extent : extents) {
    if (extent < 1 || extent > kMostPixels || (size *= extent) > kMostPixels) {
      check.fail("has an image without pixels, or of more than " + std::to_string(kMostPixels));
    }
  }
}

void checkGeometry(const InstructionCheck& check, const Windows& w) {
  checkSize(check, {w.channels, w.height, w.width});
  if (w.kernelHeight < 1 || w.kernelHeight > w.height || w.kernelWidth < 1 || w.kernelWidth > w.width) {
    check.fail("has windows that do not fit the image");
  }
  if (w.strideHeight < 1 || w.strideWidth < 1) check.fail("has a stride below 1");
}

}  // namespace

Windows windowsOf(const std::vector<int32_t>& a) {
  return {.channels = a[0],
          .height = a[1],
          .width = a[2],
          .kernelHeight = a[3],
          .kernelWidth = a[4],
          .strideHeight = a[5],
          .strideWidth = a[6]};
}

Convolution::Convolution(const std::vector<int32_t>& a)
    : windows(windowsOf(a)),
      border{.top = a[7], .left = a[8], .bottom = a[9], .right = a[10], .periodic = a[11] == 1},
      groups(a[12]) {
  windows.height += border.top + border.bottom;
  windows.width += border.left + border.right;
}

int64_t Convolution::imageSize() const {
  return windows.channels * (windows.height - border.top - border.bottom) *
         (windows.width - border.left - border.right);
}

bool Convolution::isPointwise() const {
  return windows.area() == 1 && windows.strideHeight == 1 && windows.strideWidth == 1;
}

Windows checkWindows(const InstructionCheck& check) {
  const Windows w = windowsOf(check.attributes());
  checkGeometry(check, w);
  return w;
}

Convolution checkConvolution(const InstructionCheck& check) {
  const std::vector<int32_t>& attributes = check.attributes();
  const Convolution c(attributes);
  checkSize(check, {attributes[1], attributes[2]});
  const auto [low, high] = std::minmax({c.border.top, c.border.left, c.border.bottom, c.border.right});
  if (low < 0 || high >= kMostPixels || std::max(c.border.top, c.border.bottom) >= c.windows.kernelHeight ||
      std::max(c.border.left, c.border.right) >= c.windows.kernelWidth) {
    check.fail("has a border that is negative or as wide as the windows");
  }
  if (attributes[11] != 0 && attributes[11] != 1) check.fail("has a flag that is neither 0 nor 1");
  checkGeometry(check, c.windows);
  if (c.groups < 1 || c.windows.channels % c.groups != 0) check.fail("has channels that do not divide into its groups");
  return c;
}

}  // namespace gnvpro
