// New Float64Arrays for results. A job may fill one while it runs: JavaScript cannot reach it before it is returned.
#pragma once

#include <napi.h>

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <new>
#include <span>

namespace gnvpro::binding {

/**
 * A zero-filled array; throws std::bad_alloc where there is no memory for it. V8 itself would end the process, so a
 * large request is tried out first.
 */
inline Napi::Float64Array newFloat64Array(Napi::Env env, int64_t length) {
  constexpr int64_t kLongest = (int64_t{1} << 32) - 1;
  constexpr int64_t kLarge = int64_t{1} << 20;
  if (length < 0 || length > kLongest) throw std::bad_alloc();
  if (length > kLarge) {
    void* volatile probe = std::calloc(static_cast<size_t>(length), sizeof(double));
    if (probe == nullptr) throw std::bad_alloc();
    std::free(probe);
  }
  return Napi::Float64Array::New(env, static_cast<size_t>(length));
}

/** A new array with these values. */
inline Napi::Float64Array copiedArray(Napi::Env env, std::span<const double> values) {
  Napi::Float64Array array = newFloat64Array(env, static_cast<int64_t>(values.size()));
  std::copy(values.begin(), values.end(), array.Data());
  return array;
}

}  // namespace gnvpro::binding
