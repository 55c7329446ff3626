#include "binding/job.h"

#include <algorithm>
#include <cstdlib>
#include <exception>
#include <utility>

#include "binding/arguments.h"
#include "binding/environment.h"
#include "binding/errors.h"
#include "binding/exports.h"
#include "blas/buffer_lease.h"
#include "parallel/crew.h"

namespace gnvpro::binding {
namespace {

/** A job on its way: from its promise to the outcome. Everything but `execute` runs on the JavaScript thread. */
class Pending {
 public:
  Pending(Napi::Env env, std::unique_ptr<Job> job)
      : environment_(environmentOf(env)),
        deferred_(Napi::Promise::Deferred::New(env)),
        cancel_(job->flag()),
        job_(std::move(job)) {
    environment_.running.insert(&cancel_);
  }
  ~Pending() { environment_.running.erase(&cancel_); }
  Pending(const Pending&) = delete;
  Pending& operator=(const Pending&) = delete;

  Napi::Value promise() const { return deferred_.Promise(); }
  bool goesFirst() const { return job_->goesFirst(); }

  void execute() noexcept {
    try {
      cancel_.poll();
      const Computing computing;
      const blas::BufferLease lease(blas::BufferLease::Holder::job);
      job_->execute(cancel_);
    } catch (...) {
      failure_ = std::current_exception();
    }
  }

  void settle(Napi::Env env) {
    environment_.running.erase(&cancel_);
    job_->settled();
    Napi::Value answer;
    if (!failure_) {
      try {
        answer = job_->result(env);
      } catch (...) {
        failure_ = std::current_exception();
      }
    }
    if (failure_) {
      deferred_.Reject(toError(env, failure_).Value());
    } else {
      deferred_.Resolve(answer);
    }
  }

 private:
  Environment& environment_;
  Napi::Promise::Deferred deferred_;
  Cancel cancel_;
  std::unique_ptr<Job> job_;
  std::exception_ptr failure_;
};

void startNext(Environment& environment);

class Worker : public Napi::AsyncWorker {
 public:
  Worker(Napi::Env env, std::unique_ptr<Job> job) : Napi::AsyncWorker(env, "gnvpro"), pending_(env, std::move(job)) {}

  Napi::Value promise() const { return pending_.promise(); }
  bool goesFirst() const { return pending_.goesFirst(); }

 protected:
  void Execute() override { pending_.execute(); }
  void OnOK() override {
    startNext(environmentOf(Env()));
    pending_.settle(Env());
  }

 private:
  Pending pending_;
};

/** Threads of libuv's pool; read as libuv reads it. */
int poolSize() {
  const char* given = std::getenv("UV_THREADPOOL_SIZE");
  return given == nullptr ? 4 : std::clamp(std::atoi(given), 1, 1024);
}

/** Jobs at once: no more than threads may compute, and one thread of libuv's pool is left to files and names. */
int jobLimit() { return std::max(1, std::min(threadUse().limit, poolSize() - 1)); }

/** A job has ended: its thread goes to the one that waits longest, predictions first. */
void startNext(Environment& environment) {
  --environment.started;
  for (auto* waiting : {&environment.waitingFirst, &environment.waiting}) {
    while (!waiting->empty() && environment.started < jobLimit()) {
      waiting->front()->Queue();
      waiting->front().release();
      waiting->pop_front();
      ++environment.started;
    }
  }
}

Napi::Value runSync(Napi::Env env, std::unique_ptr<Job> job) {
  Cancel cancel(job->flag());
  try {
    cancel.poll();
    const Computing computing;
    const blas::BufferLease lease(blas::BufferLease::Holder::job);
    job->execute(cancel);
  } catch (...) {
    job->settled();
    throw toError(env, std::current_exception());
  }
  job->settled();
  return job->result(env);
}

Napi::Value runAsync(Napi::Env env, std::unique_ptr<Job> job) {
  Environment& environment = environmentOf(env);
  auto worker = std::make_unique<Worker>(env, std::move(job));
  const Napi::Value promise = worker->promise();
  if (environment.started < jobLimit()) {
    worker->Queue();
    ++environment.started;
    worker.release();  // from here on it deletes itself
  } else {
    (worker->goesFirst() ? environment.waitingFirst : environment.waiting).push_back(std::move(worker));
  }
  return promise;
}

/** What JavaScript holds of a job until it runs. */
class Handle : public Wrapped<Handle> {
 public:
  static Napi::Function define(Napi::Env env) {
    return DefineClass(env, "Job", {method<&Handle::sync>("sync"), method<&Handle::async>("async")});
  }

  explicit Handle(const Napi::CallbackInfo& info) : Wrapped(info) {
    guarded(info.Env(), [&] {
      auto* next = static_cast<std::unique_ptr<Job>*>(std::exchange(environmentOf(info.Env()).next, nullptr));
      if (next == nullptr) throw ArgumentError("Expected a call that starts work: it makes the Job.");
      job_ = std::move(*next);
    });
  }

 private:
  Napi::Value sync(const Napi::CallbackInfo& info) { return runSync(info.Env(), begun(info.Env(), false)); }

  Napi::Value async(const Napi::CallbackInfo& info) { return runAsync(info.Env(), begun(info.Env(), true)); }

  std::unique_ptr<Job> begun(Napi::Env env, bool isAsync) {
    if (!job_) throw CodedError("ERR_DISPOSED", "This job has run: a handle runs it once.");
    std::unique_ptr<Job> job = std::move(job_);
    job->begin(env, isAsync);
    return job;
  }

  std::unique_ptr<Job> job_;
};

Napi::Value stopAllJobs(const Napi::CallbackInfo& info) {
  stopAll(info.Env());
  return info.Env().Undefined();
}

}  // namespace

template <typename T>
void Job::Arrays<T>::begin(bool isAsync) {
  for (const Read& reading : read) {
    const Napi::Value array = reading.array.Value();
    const std::span<T> data = floats<T>(array, reading.name, reading.length);
    const bool inPlace = !isAsync || isShared(array);
    readings.push_back(inPlace ? data.data() : copies.emplace_back(data.begin(), data.end()).data());
  }
}

template <typename T>
void Job::Arrays<T>::add(const Napi::Value& array, std::string name, int64_t length) {
  floats<T>(array, name, length);
  read.push_back({Napi::Persistent(array.As<Napi::Object>()), std::move(name), length});
}

void Job::begin(Napi::Env, bool isAsync) {
  doubles_.begin(isAsync);
  floats_.begin(isAsync);
}

void Job::read(const Napi::Value& array, std::string name, int64_t length) {
  doubles_.add(array, std::move(name), length);
}

void Job::readFloats(const Napi::Value& array, std::string name, int64_t length) {
  floats_.add(array, std::move(name), length);
}

Napi::Value handleOf(Napi::Env env, std::unique_ptr<Job> job) {
  Environment& environment = environmentOf(env);
  return newAround(environment, environment.job, &job);
}

void stopAll(Napi::Env env) {
  const auto* environment = env.GetInstanceData<Environment>();
  if (environment == nullptr) return;
  for (Cancel* cancel : environment->running) cancel->stop();
}

int64_t waitingJobs(Napi::Env env) {
  const Environment& environment = environmentOf(env);
  return static_cast<int64_t>(environment.waitingFirst.size() + environment.waiting.size());
}

void exportJobs(Napi::Env env, Napi::Object exports) {
  const Napi::Function handle = Handle::define(env);
  environmentOf(env).job = Napi::Persistent(handle);
  exports.Set("Job", handle);
  exports.Set("stopAll", newFunction<stopAllJobs>(env, "stopAll"));
}

}  // namespace gnvpro::binding
