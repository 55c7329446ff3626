// Checked readers of JavaScript values. They run no JavaScript, so a pointer read by one stays valid until JavaScript
// runs again: read all properties first, then all arrays.
#pragma once

#include <napi.h>

#include <cmath>
#include <cstdint>
#include <initializer_list>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "binding/errors.h"

namespace gnvpro::binding {

/** A JavaScript value in words, for messages. */
std::string describe(const Napi::Value& value);

/** Throws "Expected <what> for <name> but received <value>." with code ERR_ARGUMENT. */
[[noreturn]] void refuse(std::string_view what, std::string_view name, const Napi::Value& value);

/** A live, in-bounds Float64Array of any length; detached and out-of-bounds views are refused. */
std::span<double> float64Array(const Napi::Value& value, std::string_view name);
/** A Float64Array of exactly this length. */
std::span<double> float64Array(const Napi::Value& value, std::string_view name, int64_t length);

/** As float64Array. */
std::span<float> float32Array(const Napi::Value& value, std::string_view name, int64_t length);
/** A Float64Array or a Float32Array, of doubles or floats, of this length. */
template <typename T>
std::span<T> floats(const Napi::Value& value, std::string_view name, int64_t length) {
  if constexpr (std::is_same_v<T, double>) {
    return float64Array(value, name, length);
  } else {
    return float32Array(value, name, length);
  }
}
bool isFloat32Array(const Napi::Value& value);

/** For work that outlasts the call: JavaScript may detach the array meanwhile. */
template <typename T>
std::vector<T> copied(std::span<T> array) {
  return {array.begin(), array.end()};
}

/** Whether a typed array lies on a SharedArrayBuffer: its memory stays where it is as long as the array is kept. */
bool isShared(const Napi::Value& array);

/** As float64Array. Another thread may change shared memory: copy before trusting what was checked. */
std::span<int32_t> int32Array(const Napi::Value& value, std::string_view name);
std::span<int32_t> int32Array(const Napi::Value& value, std::string_view name, int64_t length);

/** Finite or not, any number. */
double number(const Napi::Value& value, std::string_view name);
/** A finite number in [minimum, maximum]. */
double numberIn(const Napi::Value& value, std::string_view name, double minimum, double maximum);
int64_t integer(const Napi::Value& value, std::string_view name, int64_t minimum, int64_t maximum);
bool boolean(const Napi::Value& value, std::string_view name);
/** A plain object or any other object that is not a function. */
Napi::Object object(const Napi::Value& value, std::string_view name);

inline bool isMissing(const Napi::Value& value) { return value.IsUndefined() || value.IsNull(); }

/**
 * The optional cancel flag: an Int32Array of length 1 on a SharedArrayBuffer (an ordinary ArrayBuffer could be detached
 * and freed while a job polls it), or undefined or null. Returns null where there is none.
 */
int32_t* cancelFlag(const Napi::Value& value, std::string_view name = "flag");

std::string stringOf(const Napi::Value& value, std::string_view name);

/** One of a few strings, as an enumerator. */
template <typename E>
E oneOf(const Napi::Value& value, std::string_view name,
        std::initializer_list<std::pair<std::string_view, E>> choices) {
  if (value.IsString()) {
    const std::string text = value.As<Napi::String>().Utf8Value();
    for (const auto& [choice, enumerator] : choices) {
      if (text == choice) return enumerator;
    }
  }
  std::string what = "one of";
  for (const auto& choice : choices)
    what += std::string(what == "one of" ? " '" : ", '") + std::string(choice.first) + "'";
  refuse(what, name, value);
}

}  // namespace gnvpro::binding
