// One piece of work as an object: JavaScript gets a handle of it, with sync() and async().
//
//   auto job = newJob(work in pure C++, the JavaScript value of its answer);
//   job->read(an array of JavaScript);
//   return handleOf(env, std::move(job));
#pragma once

#include <napi.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "binding/arguments.h"
#include "parallel/cancel.h"

namespace gnvpro::binding {

/** The numbers of the arrays that a job reads, in the order of its calls of read(). */
using Readings = std::vector<const double*>;

class Job {
 public:
  Job() = default;
  Job(const Job&) = delete;
  Job& operator=(const Job&) = delete;
  virtual ~Job() = default;  // on the JavaScript thread

  /** On the JavaScript thread, before execute: takes what the work needs. */
  virtual void begin(Napi::Env env, bool isAsync);

  /** The work itself, perhaps on another thread: no JavaScript value may be touched. Throws any C++ exception. */
  virtual void execute(Cancel& cancel) = 0;

  /** The answer, on the JavaScript thread, after a successful execute. */
  virtual Napi::Value result(Napi::Env env) = 0;

  /** Whether it may go before others that wait for a thread: a prediction, which somebody may be waiting for. */
  virtual bool goesFirst() const { return false; }

  /**
   * On the JavaScript thread after execute, before anybody learns the outcome: e.g. the owner is no longer busy.
   * A job that could not be started, or whose environment ends, is destroyed without it.
   */
  virtual void settled() {}

  /**
   * Refuses what is no Float64Array of this length. What runs here and now reads arrays where they lie, as does any job
   * where they are on shared memory; others are copied when it begins, since JavaScript may detach them meanwhile.
   */
  void read(const Napi::Value& array, std::string name, int64_t length);
  /** The same of a Float32Array. */
  void readFloats(const Napi::Value& array, std::string name, int64_t length);

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

 protected:
  const Readings& readings() const { return doubles_.readings; }
  const std::vector<const float*>& floatReadings() const { return floats_.readings; }

 private:
  struct Read {
    Napi::ObjectReference array;
    std::string name;
    int64_t length;
  };

  /** The arrays of one type. */
  template <typename T>
  struct Arrays {
    std::vector<Read> read;
    std::vector<const T*> readings;
    std::vector<std::vector<T>> copies;

    void add(const Napi::Value& array, std::string name, int64_t length);
    void begin(bool isAsync);
  };

  Arrays<double> doubles_;
  Arrays<float> floats_;
  std::vector<Napi::ObjectReference> kept_;
  int32_t* flag_ = nullptr;
};

/** A job of two functions: `work(readings, cancel)`, and `convert(env, answer)`. */
template <typename Work, typename Convert>
class FunctionJob : public Job {
 public:
  FunctionJob(Work work, Convert convert) : work_(std::move(work)), convert_(std::move(convert)) {}

  void execute(Cancel& cancel) override { answer_.emplace(work_(readings(), cancel)); }
  Napi::Value result(Napi::Env env) override { return convert_(env, *answer_); }

 private:
  Work work_;
  Convert convert_;
  std::optional<std::invoke_result_t<Work&, const Readings&, Cancel&>> answer_;
};

template <typename Work, typename Convert>
auto newJob(Work work, Convert convert) {
  return std::make_unique<FunctionJob<Work, Convert>>(std::move(work), std::move(convert));
}

/**
 * The handle of a job that has not begun. `sync()` runs it here and now; `async()` on libuv's thread pool, and returns
 * a promise. One of them, once.
 */
Napi::Value handleOf(Napi::Env env, std::unique_ptr<Job> job);

/** Jobs of this environment that wait for a thread. */
int64_t waitingJobs(Napi::Env env);

/** Asks every running job of this environment to stop; for the exit handler, so that process.exit() is prompt. */
void stopAll(Napi::Env env);

}  // namespace gnvpro::binding
