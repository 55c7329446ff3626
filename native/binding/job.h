// One piece of work, run on the JavaScript thread (the synchronous twin) or off it (a promise).
//
//   class Evaluation : public Job { execute: pure C++; result: the JavaScript value of what execute left behind };
//   return async ? runAsync(env, std::make_unique<Evaluation>(…), flag) : runSync(env, …);
#pragma once

#include <napi.h>

#include <exception>
#include <functional>
#include <memory>
#include <vector>

#include "parallel/cancel.h"

namespace gnvpro::binding {

class Job {
 public:
  Job() = default;
  Job(const Job&) = delete;
  Job& operator=(const Job&) = delete;
  virtual ~Job() = default;  // on the JavaScript thread

  /** The work itself, perhaps on another thread: no JavaScript value may be touched. Throws any C++ exception. */
  virtual void execute(Cancel& cancel) = 0;

  /** The answer, on the JavaScript thread, after a successful execute. */
  virtual Napi::Value result(Napi::Env env) = 0;

  /**
   * On the JavaScript thread after execute, before anybody learns the outcome: e.g. the owner is no longer busy.
   * A job that could not be started, or whose environment ends, is destroyed without it.
   */
  virtual void settled() {}

  /** Keeps a JavaScript object (an output array, a handle) alive as long as the job. */
  void keep(const Napi::Object& object) { kept_.push_back(Napi::Persistent(object)); }

  /** Where `report` goes; set by runAsync. */
  void setProgress(std::function<void(double)> sink) { progress_ = std::move(sink); }

 protected:
  /** Tells the progress callback, if there is one. May be called from execute. */
  void report(double value) const {
    if (progress_) progress_(value);
  }

 private:
  std::vector<Napi::ObjectReference> kept_;
  std::function<void(double)> progress_;
};

/** Runs the job here and now. `flag`: undefined, null or a cancel flag. */
Napi::Value runSync(Napi::Env env, std::unique_ptr<Job> job, const Napi::Value& flag);

/**
 * Runs the job on libuv's thread pool and returns a promise. Arguments have to be copied (or allocated by us and not
 * yet handed out) before: JavaScript may detach any buffer of its own while the job runs.
 * `progress`: undefined, null or a function of one number; an exception in it stops the job and rejects the promise.
 */
Napi::Value runAsync(Napi::Env env, std::unique_ptr<Job> job, const Napi::Value& flag);
Napi::Value runAsync(Napi::Env env, std::unique_ptr<Job> job, const Napi::Value& flag, const Napi::Value& progress);

/** Asks every running job of this environment to stop; for the exit handler, so that process.exit() is prompt. */
void stopAll(Napi::Env env);

}  // namespace gnvpro::binding
