// Memory outside of V8's heap, which the garbage collector is told of: else it sees handles of a few bytes, and is in
// no hurry to collect them.
#pragma once

#include <napi.h>

#include <cstdint>

namespace gnvpro::binding {

/** Bytes of one owner, on the JavaScript thread; given back with it. */
class ExternalMemory {
 public:
  explicit ExternalMemory(napi_env env) : env_(env) {}
  ~ExternalMemory() { set(0); }
  ExternalMemory(const ExternalMemory&) = delete;
  ExternalMemory& operator=(const ExternalMemory&) = delete;

  void set(int64_t bytes) {
    if (bytes == bytes_) return;
    int64_t total = 0;
    if (napi_adjust_external_memory(env_, bytes - bytes_, &total) == napi_ok) bytes_ = bytes;
  }

 private:
  napi_env env_;
  int64_t bytes_ = 0;
};

}  // namespace gnvpro::binding
