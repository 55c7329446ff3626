#include "kernels/windows.h"

#include <algorithm>

namespace gnvpro::windows {
namespace {

int64_t wrapped(int64_t i, int64_t extent) {
  const int64_t rest = i % extent;
  return rest < 0 ? rest + extent : rest;
}

/** Visits every pixel of a border row by row, `visit(bordered row, row of the image or −1)`. */
template <typename Visit>
void eachRow(const Windows& w, const Border& border, Visit&& visit) {
  const int64_t height = w.height - border.top - border.bottom;
  for (int64_t c = 0; c < w.channels; ++c) {
    for (int64_t y = 0; y < w.height; ++y) {
      const int64_t inner = y - border.top;
      const bool inside = inner >= 0 && inner < height;
      const int64_t row = inside ? inner : border.periodic ? wrapped(inner, height) : -1;
      visit(c * w.height + y, row < 0 ? -1 : c * height + row);
    }
  }
}

/** Visits the stretches of windows in a row: `visit(place in the matrix's row, image row, first column, count)`. */
template <typename Visit>
void eachStretch(const Windows& w, int64_t first, int64_t count, Visit&& visit) {
  const int64_t width = w.outWidth();
  int64_t y = first / width, x = first % width;
  for (int64_t done = 0; done < count; ++y, x = 0) {
    const int64_t length = std::min(width - x, count - done);
    visit(done, y * w.strideHeight, x * w.strideWidth, length);
    done += length;
  }
}

/** Every `stride`th entry; the common strides are loops of their own, which the compiler makes vectors of. */
template <typename T>
void copy(const T* from, int64_t stride, int64_t count, T* __restrict to) {
  if (stride == 1) {
    for (int64_t k = 0; k < count; ++k) to[k] = from[k];
  } else if (stride == 2) {
    for (int64_t k = 0; k < count; ++k) to[k] = from[2 * k];
  } else {
    for (int64_t k = 0; k < count; ++k) to[k] = from[stride * k];
  }
}

/** Visits all windows: `visit(place of the window, its first pixel)`. */
template <typename Visit>
void eachWindow(const Windows& w, Visit&& visit) {
  const int64_t height = w.outHeight(), width = w.outWidth();
  for (int64_t c = 0, o = 0; c < w.channels; ++c) {
    for (int64_t y = 0; y < height; ++y) {
      const int64_t row = (c * w.height + y * w.strideHeight) * w.width;
      for (int64_t x = 0; x < width; ++x, ++o) visit(o, row + x * w.strideWidth);
    }
  }
}

template <typename T>
struct Greatest {
  T entry;
  int64_t place;
};

/** The first of the greatest entries of the window that begins at `pixel`, of the first NaN if there is one. */
template <typename T>
Greatest<T> greatest(const Windows& w, const T* pixel) {
  Greatest<T> best{*pixel, 0};
  for (int64_t i = 0; i < w.kernelHeight; ++i) {
    for (int64_t j = 0; j < w.kernelWidth; ++j) {
      const T entry = pixel[i * w.width + j];
      const bool isNewNaN = entry != entry && best.entry == best.entry;
      if (entry > best.entry || isNewNaN) best = {entry, i * w.kernelWidth + j};
    }
  }
  return best;
}

/** Where the entry at a place is, behind the first of its window; −1 where there is none. */
template <typename T>
int64_t offsetOf(const Windows& w, T at) {
  if (!(at >= 0 && at < static_cast<T>(w.area()))) return -1;
  const auto place = static_cast<int64_t>(at);
  if (static_cast<T>(place) != at) return -1;
  return place / w.kernelWidth * w.width + place % w.kernelWidth;
}

}  // namespace

template <typename T>
void surround(const Windows& w, const Border& border, const T* image, T* bordered) {
  const int64_t width = w.width - border.left - border.right;
  eachRow(w, border, [&](int64_t to, int64_t from) {
    T* out = bordered + to * w.width;
    if (from < 0) return void(std::fill_n(out, w.width, T{0}));
    const T* row = image + from * width;
    std::copy_n(row, width, out + border.left);
    for (int64_t x = 0; x < border.left; ++x) out[x] = border.periodic ? row[wrapped(x - border.left, width)] : T{0};
    for (int64_t x = border.left + width; x < w.width; ++x) {
      out[x] = border.periodic ? row[wrapped(x - border.left, width)] : T{0};
    }
  });
}

template <typename T>
void fold(const Windows& w, const Border& border, const T* bordered, T* image) {
  const int64_t width = w.width - border.left - border.right;
  eachRow(w, border, [&](int64_t from, int64_t to) {
    if (to < 0) return;
    const T* row = bordered + from * w.width;
    T* out = image + to * width;
    for (int64_t x = 0; x < width; ++x) out[x] += row[border.left + x];
    if (!border.periodic) return;
    for (int64_t x = 0; x < border.left; ++x) out[wrapped(x - border.left, width)] += row[x];
    for (int64_t x = border.left + width; x < w.width; ++x) out[wrapped(x - border.left, width)] += row[x];
  });
}

template <typename T>
void patches(const Windows& w, int64_t channels, int64_t first, int64_t count, const T* image, T* matrix) {
  for (int64_t c = 0; c < channels; ++c) {
    for (int64_t i = 0; i < w.kernelHeight; ++i) {
      for (int64_t j = 0; j < w.kernelWidth; ++j, matrix += count) {
        const T* from = image + (c * w.height + i) * w.width + j;
        eachStretch(w, first, count, [&](int64_t to, int64_t y, int64_t x, int64_t length) {
          copy(from + y * w.width + x, w.strideWidth, length, matrix + to);
        });
      }
    }
  }
}

template <typename T>
void addPatches(const Windows& w, int64_t channels, int64_t first, int64_t count, const T* matrix, T* image) {
  for (int64_t c = 0; c < channels; ++c) {
    for (int64_t i = 0; i < w.kernelHeight; ++i) {
      for (int64_t j = 0; j < w.kernelWidth; ++j, matrix += count) {
        T* to = image + (c * w.height + i) * w.width + j;
        eachStretch(w, first, count, [&](int64_t from, int64_t y, int64_t x, int64_t length) {
          const T* in = matrix + from;
          T* __restrict row = to + y * w.width + x;
          if (w.strideWidth == 1) {
            for (int64_t k = 0; k < length; ++k) row[k] += in[k];
          } else {
            for (int64_t k = 0; k < length; ++k) row[k * w.strideWidth] += in[k];
          }
        });
      }
    }
  }
}

template <typename T>
void sums(const Windows& w, T factor, const T* image, T* out) {
  eachWindow(w, [&](int64_t o, int64_t pixel) {
    T sum = 0;
    for (int64_t i = 0; i < w.kernelHeight; ++i) {
      for (int64_t j = 0; j < w.kernelWidth; ++j) sum += image[pixel + i * w.width + j];
    }
    out[o] = factor * sum;
  });
}

template <typename T>
void addSums(const Windows& w, T factor, const T* out, T* image) {
  eachWindow(w, [&](int64_t o, int64_t pixel) {
    const T share = factor * out[o];
    for (int64_t i = 0; i < w.kernelHeight; ++i) {
      for (int64_t j = 0; j < w.kernelWidth; ++j) image[pixel + i * w.width + j] += share;
    }
  });
}

template <typename T>
void maxima(const Windows& w, const T* image, T* out) {
  eachWindow(w, [&](int64_t o, int64_t pixel) { out[o] = greatest(w, image + pixel).entry; });
}

template <typename T>
void positions(const Windows& w, const T* image, T* at) {
  eachWindow(w, [&](int64_t o, int64_t pixel) { at[o] = static_cast<T>(greatest(w, image + pixel).place); });
}

template <typename T>
void pick(const Windows& w, const T* image, const T* at, T* out) {
  eachWindow(w, [&](int64_t o, int64_t pixel) {
    const int64_t offset = offsetOf(w, at[o]);
    out[o] = offset < 0 ? T{0} : image[pixel + offset];
  });
}

template <typename T>
void addPicked(const Windows& w, const T* out, const T* at, T* image) {
  eachWindow(w, [&](int64_t o, int64_t pixel) {
    const int64_t offset = offsetOf(w, at[o]);
    if (offset >= 0) image[pixel + offset] += out[o];
  });
}

template void surround(const Windows&, const Border&, const double*, double*);
template void fold(const Windows&, const Border&, const double*, double*);
template void patches(const Windows&, int64_t, int64_t, int64_t, const double*, double*);
template void addPatches(const Windows&, int64_t, int64_t, int64_t, const double*, double*);
template void sums(const Windows&, double, const double*, double*);
template void addSums(const Windows&, double, const double*, double*);
template void maxima(const Windows&, const double*, double*);
template void positions(const Windows&, const double*, double*);
template void pick(const Windows&, const double*, const double*, double*);
template void addPicked(const Windows&, const double*, const double*, double*);

template void surround(const Windows&, const Border&, const float*, float*);
template void fold(const Windows&, const Border&, const float*, float*);
template void patches(const Windows&, int64_t, int64_t, int64_t, const float*, float*);
template void addPatches(const Windows&, int64_t, int64_t, int64_t, const float*, float*);
template void sums(const Windows&, float, const float*, float*);
template void addSums(const Windows&, float, const float*, float*);
template void maxima(const Windows&, const float*, float*);
template void positions(const Windows&, const float*, float*);
template void pick(const Windows&, const float*, const float*, float*);
template void addPicked(const Windows&, const float*, const float*, float*);

}  // namespace gnvpro::windows
