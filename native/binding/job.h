// One piece of work as an object: JavaScript gets a handle of it, with sync() and async().
//
//   class Evaluation : public Job { execute: pure C++; result: the JavaScript value of what execute left behind };
//   return handleOf(env, std::make_unique<Evaluation>(…));
#pragma once

#include <napi.h>

#include <cstdint>
#include <memory>
#include <vector>

#include "binding/arguments.h"
#include "parallel/cancel.h"

namespace gnvpro::binding {

class Job {
 public:
  Job() = default;
  Job(const Job&) = delete;
  Job& operator=(const Job&) = delete;
  virtual ~Job() = default;  // on the JavaScript thread

  /** On the JavaScript thread, before execute: takes what the work needs. */
  virtual void begin(Napi::Env, bool /* isAsync */) {}

  /** The work itself, perhaps on another thread: no JavaScript value may be touched. Throws any C++ exception. */
  virtual void execute(Cancel& cancel) = 0;

  /** The answer, on the JavaScript thread, after a successful execute. */
  virtual Napi::Value result(Napi::Env env) = 0;

  /**
   * On the JavaScript thread after execute, before anybody learns the outcome: e.g. the owner is no longer busy.
   * A job that could not be started, or whose environment ends, is destroyed without it.
   */
  virtual void settled() {}

  /** Keeps a JavaScript object (an array, a handle) alive as long as the job. */
  void keep(const Napi::Object& object) { kept_.push_back(Napi::Persistent(object)); }

  /** Undefined, null or a cancel flag. */
  void setFlag(const Napi::Value& flag) {
    flag_ = cancelFlag(flag);
    if (flag_ != nullptr) keep(flag.As<Napi::Object>());
  }
  /** A flag that something else keeps alive, or null. */
  void setFlag(int32_t* flag) { flag_ = flag; }
  int32_t* flag() const { return flag_; }

 private:
  std::vector<Napi::ObjectReference> kept_;
  int32_t* flag_ = nullptr;
};

/**
 * The handle of a job that has not begun. `sync()` runs it here and now; `async()` on libuv's thread pool, and returns
 * a promise. One of them, once.
 */
Napi::Value handleOf(Napi::Env env, std::unique_ptr<Job> job);

/** Asks every running job of this environment to stop; for the exit handler, so that process.exit() is prompt. */
void stopAll(Napi::Env env);

}  // namespace gnvpro::binding
