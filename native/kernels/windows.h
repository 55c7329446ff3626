// Windows that slide over images. An image is planar: channel by channel, row by row, contiguous.
#pragma once

#include <cstdint>

namespace gnvpro::windows {

/** Images of channels × height × width and the windows on them; those that do not fit are left out. */
struct Windows {
  int64_t channels, height, width;
  int64_t kernelHeight, kernelWidth;
  int64_t strideHeight, strideWidth;

  int64_t size() const { return channels * height * width; }
  int64_t outHeight() const { return (height - kernelHeight) / strideHeight + 1; }
  int64_t outWidth() const { return (width - kernelWidth) / strideWidth + 1; }
  /** Windows on a channel. */
  int64_t pixels() const { return outHeight() * outWidth(); }
  /** Pixels of a window. */
  int64_t area() const { return kernelHeight * kernelWidth; }
};

/** What lies around an image: zeros, or the image again. */
struct Border {
  int64_t top, left, bottom, right;
  bool periodic;

  bool empty() const { return top + left + bottom + right == 0; }
};

// Each of these has its transpose beside it, which adds to what `image` holds.

/** The image with its border. `w` are the windows on both, so that its height and width are those of `bordered`. */
template <typename T>
void surround(const Windows& w, const Border& border, const T* image, T* bordered);
template <typename T>
void fold(const Windows& w, const Border& border, const T* bordered, T* image);

/**
 * The windows `first` … first + count − 1 of the first `channels` of an image, as the columns of a matrix with a row
 * for each weight of a kernel (channel, row, column).
 */
template <typename T>
void patches(const Windows& w, int64_t channels, int64_t first, int64_t count, const T* image, T* matrix);
template <typename T>
void addPatches(const Windows& w, int64_t channels, int64_t first, int64_t count, const T* matrix, T* image);

/** The sum of each window times `factor`. */
template <typename T>
void sums(const Windows& w, T factor, const T* image, T* out);
template <typename T>
void addSums(const Windows& w, T factor, const T* out, T* image);

/** The greatest entry of each window, NaN where there is one. */
template <typename T>
void maxima(const Windows& w, const T* image, T* out);
/** The place of the first of the greatest entries in each window, of the first NaN if there is one. */
template <typename T>
void positions(const Windows& w, const T* image, T* at);
/** The entry of each window at the given place; 0 where it has no such place, whatever `at` holds. */
template <typename T>
void pick(const Windows& w, const T* image, const T* at, T* out);
template <typename T>
void addPicked(const Windows& w, const T* out, const T* at, T* image);

}  // namespace gnvpro::windows
