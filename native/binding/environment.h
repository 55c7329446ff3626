// What one JavaScript environment (the main thread or a worker) owns. There are no globals: each has its own.
#pragma once

#include <napi.h>

#include <unordered_set>

#include "parallel/cancel.h"

namespace gnvpro::binding {

struct Environment {
  std::unordered_set<Cancel*> running;  // of the asynchronous jobs that have not settled
};

inline Environment& environmentOf(Napi::Env env) {
  auto* environment = env.GetInstanceData<Environment>();
  if (environment == nullptr) {
    environment = new Environment();
    env.SetInstanceData<Environment>(environment);
  }
  return *environment;
}

}  // namespace gnvpro::binding
