// New JavaScript values for results. A job may fill an array while it runs: JavaScript cannot reach it before it is
// returned.
#pragma once

#include <napi.h>

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <new>
#include <span>
#include <type_traits>
#include <vector>

namespace gnvpro::binding {

/**
 * A zero-filled array; throws std::bad_alloc where there is no memory for it. V8 itself would end the process, so a
 * large request is tried out first.
 */
template <typename T = double>
Napi::TypedArrayOf<T> newArray(Napi::Env env, int64_t length) {
  constexpr int64_t kLongest = (int64_t{1} << 32) - 1;
  constexpr int64_t kLarge = int64_t{1} << 20;
  if (length < 0 || length > kLongest) throw std::bad_alloc();
  if (length > kLarge) {
    void* volatile probe = std::calloc(static_cast<size_t>(length), sizeof(T));
    if (probe == nullptr) throw std::bad_alloc();
    std::free(probe);
  }
  return Napi::TypedArrayOf<T>::New(env, static_cast<size_t>(length));
}

/** A new array with these values. */
inline Napi::Float64Array copiedArray(Napi::Env env, std::span<const double> values) {
  Napi::Float64Array array = newArray(env, static_cast<int64_t>(values.size()));
  std::copy(values.begin(), values.end(), array.Data());
  return array;
}

/** Numbers, booleans, strings, and arrays that are copied. */
template <typename T>
Napi::Value valueOf(Napi::Env env, const T& x) {
  if constexpr (std::is_same_v<T, bool>) {
    return Napi::Boolean::New(env, x);
  } else if constexpr (std::is_arithmetic_v<T>) {
    return Napi::Number::New(env, static_cast<double>(x));
  } else if constexpr (std::is_same_v<T, std::vector<double>>) {
    return copiedArray(env, x);
  } else if constexpr (std::is_base_of_v<Napi::Value, T>) {
    return x;
  } else {
    return Napi::String::New(env, x);
  }
}

template <typename T>
struct Field {
  const char* name;
  const T& value;
};
template <typename T>
Field(const char*, const T&) -> Field<T>;

/** `newObject(env, Field{"name", value}, …)` */
template <typename... T>
Napi::Object newObject(Napi::Env env, const Field<T>&... fields) {
  Napi::Object object = Napi::Object::New(env);
  (object.Set(fields.name, valueOf(env, fields.value)), ...);
  return object;
}

}  // namespace gnvpro::binding
