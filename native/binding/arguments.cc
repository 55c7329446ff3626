#include "binding/arguments.h"

#include <cstdio>

namespace gnvpro::binding {
namespace {

struct View {
  napi_typedarray_type type;
  size_t length;
  void* data;
  napi_value buffer;
  size_t byteOffset;
};

View viewOf(const Napi::Value& value) {
  View view{};
  const napi_status status = napi_get_typedarray_info(value.Env(), value, &view.type, &view.length, &view.data,
                                                      &view.buffer, &view.byteOffset);
  if (status != napi_ok) throw Napi::Error::New(value.Env());
  return view;
}

const char* typeName(napi_typedarray_type type) {
  switch (type) {
    case napi_int8_array:
      return "Int8Array";
    case napi_uint8_array:
      return "Uint8Array";
    case napi_uint8_clamped_array:
      return "Uint8ClampedArray";
    case napi_int16_array:
      return "Int16Array";
    case napi_uint16_array:
      return "Uint16Array";
    case napi_int32_array:
      return "Int32Array";
    case napi_uint32_array:
      return "Uint32Array";
    case napi_float32_array:
      return "Float32Array";
    case napi_float64_array:
      return "Float64Array";
    case napi_bigint64_array:
      return "BigInt64Array";
    case napi_biguint64_array:
      return "BigUint64Array";
    default:
      return "typed array";
  }
}

std::string format(double x) {
  char text[32];
  std::snprintf(text, sizeof text, "%.17g", x);
  return text;
}

/** A view of shared memory can only grow, one of an ArrayBuffer may have been detached or shrunk under it. */
bool isInBounds(const Napi::Value& value, const View& view, size_t bytesPerElement) {
  bool isArrayBuffer = false;
  if (napi_is_arraybuffer(value.Env(), view.buffer, &isArrayBuffer) != napi_ok) return false;
  if (!isArrayBuffer) return true;
  bool detached = true;
  if (napi_is_detached_arraybuffer(value.Env(), view.buffer, &detached) != napi_ok || detached) return false;
  void* data = nullptr;
  size_t bytes = 0;
  if (napi_get_arraybuffer_info(value.Env(), view.buffer, &data, &bytes) != napi_ok) return false;
  return view.byteOffset <= bytes && view.length <= (bytes - view.byteOffset) / bytesPerElement;
}

template <typename T>
std::span<T> typedArray(const Napi::Value& value, std::string_view name, napi_typedarray_type type,
                        const std::string& what) {
  if (!value.IsTypedArray()) refuse(what, name, value);
  const View view = viewOf(value);
  if (view.type != type) refuse(what, name, value);
  if (!isInBounds(value, view, sizeof(T))) {
    throw ArgumentError("Expected " + what + " for " + std::string(name) +
                        " but received one whose buffer is detached or too short.");
  }
  return {static_cast<T*>(view.data), view.length};
}

template <typename T>
std::span<T> typedArray(const Napi::Value& value, std::string_view name, napi_typedarray_type type, const char* kind,
                        int64_t length) {
  const std::string what = std::string(kind) + " of length " + std::to_string(length);
  const std::span<T> array = typedArray<T>(value, name, type, what);
  if (length < 0 || array.size() != static_cast<size_t>(length)) refuse(what, name, value);
  return array;
}

}  // namespace

std::string describe(const Napi::Value& value) {
  switch (value.Type()) {
    case napi_undefined:
      return "undefined";
    case napi_null:
      return "null";
    case napi_boolean:
      return value.As<Napi::Boolean>().Value() ? "true" : "false";
    case napi_number:
      return format(value.As<Napi::Number>().DoubleValue());
    case napi_string: {
      const std::string text = value.As<Napi::String>().Utf8Value();
      return "'" + (text.size() <= 40 ? text : text.substr(0, 40) + "…") + "'";
    }
    case napi_symbol:
      return "a symbol";
    case napi_bigint:
      return "a bigint";
    case napi_function:
      return "a function";
    default:
      break;
  }
  if (value.IsTypedArray()) {
    const View view = viewOf(value);
    return std::string("a ") + typeName(view.type) + " of length " + std::to_string(view.length);
  }
  return value.IsArray() ? "an array of length " + std::to_string(value.As<Napi::Array>().Length()) : "an object";
}

void refuse(std::string_view what, std::string_view name, const Napi::Value& value) {
  throw ArgumentError("Expected " + std::string(what) + " for " + std::string(name) + " but received " +
                      describe(value) + ".");
}

std::span<double> float64Array(const Napi::Value& value, std::string_view name) {
  return typedArray<double>(value, name, napi_float64_array, "a Float64Array");
}

std::span<double> float64Array(const Napi::Value& value, std::string_view name, int64_t length) {
  return typedArray<double>(value, name, napi_float64_array, "a Float64Array", length);
}

std::span<float> float32Array(const Napi::Value& value, std::string_view name, int64_t length) {
  return typedArray<float>(value, name, napi_float32_array, "a Float32Array", length);
}

bool isFloat32Array(const Napi::Value& value) {
  return value.IsTypedArray() && viewOf(value).type == napi_float32_array;
}

bool isShared(const Napi::Value& array) {
  bool isArrayBuffer = true;
  return napi_is_arraybuffer(array.Env(), viewOf(array).buffer, &isArrayBuffer) == napi_ok && !isArrayBuffer;
}

std::span<int32_t> int32Array(const Napi::Value& value, std::string_view name) {
  return typedArray<int32_t>(value, name, napi_int32_array, "an Int32Array");
}

std::span<int32_t> int32Array(const Napi::Value& value, std::string_view name, int64_t length) {
  return typedArray<int32_t>(value, name, napi_int32_array, "an Int32Array", length);
}

double number(const Napi::Value& value, std::string_view name) {
  if (!value.IsNumber()) refuse("a number", name, value);
  return value.As<Napi::Number>().DoubleValue();
}

double numberIn(const Napi::Value& value, std::string_view name, double minimum, double maximum) {
  const double x = value.IsNumber() ? value.As<Napi::Number>().DoubleValue() : NAN;
  if (!std::isfinite(x) || x < minimum || x > maximum) {
    refuse("a number from " + format(minimum) + " to " + format(maximum), name, value);
  }
  return x;
}

int64_t integer(const Napi::Value& value, std::string_view name, int64_t minimum, int64_t maximum) {
  const double x = value.IsNumber() ? value.As<Napi::Number>().DoubleValue() : NAN;
  const bool fits = std::trunc(x) == x && std::abs(x) <= 9007199254740991.0;  // NaN and ±Infinity fail
  if (!fits || static_cast<int64_t>(x) < minimum || static_cast<int64_t>(x) > maximum) {
    refuse("an integer from " + std::to_string(minimum) + " to " + std::to_string(maximum), name, value);
  }
  return static_cast<int64_t>(x);
}

bool boolean(const Napi::Value& value, std::string_view name) {
  if (!value.IsBoolean()) refuse("a boolean", name, value);
  return value.As<Napi::Boolean>().Value();
}

Napi::Object object(const Napi::Value& value, std::string_view name) {
  if (!value.IsObject() || value.IsFunction()) refuse("an object", name, value);
  return value.As<Napi::Object>();
}

std::string stringOf(const Napi::Value& value, std::string_view name) {
  if (!value.IsString()) refuse("a string", name, value);
  return value.As<Napi::String>().Utf8Value();
}

int32_t* cancelFlag(const Napi::Value& value, std::string_view name) {
  if (isMissing(value)) return nullptr;
  const char* what = "an Int32Array of length 1 on a SharedArrayBuffer";
  if (!value.IsTypedArray()) refuse(what, name, value);
  const View view = viewOf(value);
  if (view.type != napi_int32_array || view.length != 1 || !isShared(value)) refuse(what, name, value);
  return static_cast<int32_t*>(view.data);
}

}  // namespace gnvpro::binding
