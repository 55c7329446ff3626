// What one JavaScript environment (the main thread or a worker) owns. No state is global: each has its own.
#pragma once

#include <napi.h>

#include <cstddef>
#include <new>
#include <unordered_set>

#include "binding/errors.h"
#include "parallel/cancel.h"

namespace gnvpro::binding {

struct Environment {
  std::unordered_set<Cancel*> running;  // of the asynchronous jobs that have not settled
  Napi::FunctionReference job, point;   // classes of which JavaScript makes no objects
  void* next = nullptr;                 // what the object that is being made is to hold
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

/** A base of the classes that JavaScript constructs: node-addon-api allocates their objects outside of our guard. */
struct Allocated {
  static void* operator new(std::size_t size) {
    try {
      return ::operator new(size);
    } catch (const std::bad_alloc&) {
      throw makeMemoryError(threadEnvironment);
    }
  }
  static void operator delete(void* memory) { ::operator delete(memory); }
};

}  // namespace gnvpro::binding
