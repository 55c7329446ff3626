// What one JavaScript environment (the main thread or a worker) owns. No state is global: each has its own.
#pragma once

#include <napi.h>

#include <cstddef>
#include <deque>
#include <memory>
#include <new>
#include <type_traits>
#include <unordered_set>

#include "binding/errors.h"
#include "parallel/cancel.h"

namespace gnvpro::binding {

struct Environment {
  std::unordered_set<Cancel*> running;  // of the asynchronous jobs that have not settled
  int started = 0;                      // jobs that have been given to libuv's pool
  Napi::FunctionReference job, point;   // classes of which JavaScript makes no objects
  void* next = nullptr;                 // what the object that is being made is to hold
  std::deque<std::unique_ptr<Napi::AsyncWorker>> waitingFirst, waiting;  // jobs for which there is no thread yet
};

inline Environment& environmentOf(Napi::Env env) {
  auto* environment = env.GetInstanceData<Environment>();
  if (environment == nullptr) {
    environment = new Environment();
    env.SetInstanceData<Environment>(environment);
  }
  return *environment;
}

/** An object of one of our classes, whose constructor finds `content` in `next`. */
inline Napi::Object newAround(Environment& environment, const Napi::FunctionReference& constructor, void* content) {
  environment.next = content;
  try {
    return constructor.New({});
  } catch (...) {
    environment.next = nullptr;
    throw;
  }
}

/** The environment of this thread, set when the addon is loaded in it. */
inline thread_local napi_env threadEnvironment = nullptr;

/** A base of the classes that JavaScript constructs. */
template <typename Self>
class Wrapped : public Napi::ObjectWrap<Self> {
 public:
  using Napi::ObjectWrap<Self>::ObjectWrap;

  /** Guarded by itself: node-addon-api allocates objects outside of our guard. */
  static void* operator new(std::size_t size) {
    try {
      return ::operator new(size);
    } catch (const std::bad_alloc&) {
      throw makeMemoryError(threadEnvironment);
    }
  }
  static void operator delete(void* memory) { ::operator delete(memory); }

 protected:
  /** A guarded method, whose body gives a value or nothing. */
  template <auto body>
  static napi_property_descriptor method(const char* name) {
    napi_property_descriptor property{};
    property.utf8name = name;
    property.method = callback<&Wrapped::call<body>>;
    return property;
  }

  template <auto body>
  static Napi::Value call(const Napi::CallbackInfo& info) {
    Self* self = Wrapped::Unwrap(info.This().As<Napi::Object>());
    if constexpr (std::is_void_v<decltype((self->*body)(info))>) {
      (self->*body)(info);
      return info.Env().Undefined();
    } else {
      return (self->*body)(info);
    }
  }
};

}  // namespace gnvpro::binding
