#include "binding/job.h"

#include <utility>

#include "binding/arguments.h"
#include "binding/environment.h"
#include "binding/errors.h"
#include "binding/exports.h"
#include "blas/buffer_lease.h"

namespace gnvpro::binding {
namespace {

/** A job on its way: from its promise to the outcome. Everything but `execute` runs on the JavaScript thread. */
class Pending {
 public:
  Pending(Napi::Env env, std::unique_ptr<Job> job, const Napi::Value& flag)
      : environment_(environmentOf(env)),
        deferred_(Napi::Promise::Deferred::New(env)),
        cancel_(cancelFlag(flag)),
        job_(std::move(job)) {
    if (!isMissing(flag)) job_->keep(flag.As<Napi::Object>());
    environment_.running.insert(&cancel_);
  }
  ~Pending() { environment_.running.erase(&cancel_); }
  Pending(const Pending&) = delete;
  Pending& operator=(const Pending&) = delete;

  Napi::Value promise() const { return deferred_.Promise(); }
  Job& job() { return *job_; }

  void execute() noexcept {
    try {
      cancel_.poll();
      const blas::BufferLease lease(blas::BufferLease::Holder::job);
      job_->execute(cancel_);
    } catch (...) {
      failure_ = std::current_exception();
    }
  }

  /** The owner's callback failed: stop, and let that failure win over the Aborted that follows. */
  void stop(std::exception_ptr failure) {
    callbackFailure_ = std::move(failure);
    cancel_.stop();
  }

  void settle(Napi::Env env) {
    environment_.running.erase(&cancel_);
    job_->settled();
    std::exception_ptr failure = callbackFailure_ ? callbackFailure_ : failure_;
    Napi::Value answer;
    if (!failure) {
      try {
        answer = job_->result(env);
      } catch (...) {
        failure = std::current_exception();
      }
    }
    if (failure) {
      deferred_.Reject(toError(env, failure).Value());
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
  std::exception_ptr callbackFailure_;
};

class Worker : public Napi::AsyncWorker {
 public:
  Worker(Napi::Env env, std::unique_ptr<Pending> pending)
      : Napi::AsyncWorker(env, "gnvpro"), pending_(std::move(pending)) {}

 protected:
  void Execute() override { pending_->execute(); }
  void OnOK() override { pending_->settle(Env()); }

 private:
  std::unique_ptr<Pending> pending_;
};

class ProgressWorker : public Napi::AsyncProgressQueueWorker<double> {
 public:
  ProgressWorker(Napi::Env env, std::unique_ptr<Pending> pending, const Napi::Function& callback)
      : Napi::AsyncProgressQueueWorker<double>(env, "gnvpro"),
        pending_(std::move(pending)),
        callback_(Napi::Persistent(callback)) {}

 protected:
  void Execute(const ExecutionProgress& progress) override {
    pending_->job().setProgress([&progress](double value) { progress.Send(&value, 1); });
    pending_->execute();
    pending_->job().setProgress(nullptr);
  }

  void OnProgress(const double* values, size_t count) override {
    Napi::HandleScope scope(Env());
    try {
      for (size_t i = 0; i < count && !failed_; ++i) callback_.Call({Napi::Number::New(Env(), values[i])});
    } catch (...) {
      failed_ = true;
      pending_->stop(std::current_exception());
    }
  }

  void OnOK() override { pending_->settle(Env()); }

 private:
  std::unique_ptr<Pending> pending_;
  Napi::FunctionReference callback_;
  bool failed_ = false;
};

template <typename W, typename... Arguments>
Napi::Value queue(Napi::Env env, std::unique_ptr<Pending> pending, Arguments&&... arguments) {
  const Napi::Value promise = pending->promise();
  auto worker = std::make_unique<W>(env, std::move(pending), std::forward<Arguments>(arguments)...);
  worker->Queue();
  worker.release();  // from here on it deletes itself
  return promise;
}

Napi::Value stopAllJobs(const Napi::CallbackInfo& info) {
  stopAll(info.Env());
  return info.Env().Undefined();
}

}  // namespace

Napi::Value runSync(Napi::Env env, std::unique_ptr<Job> job, const Napi::Value& flag) {
  Cancel cancel(cancelFlag(flag));
  try {
    cancel.poll();
    const blas::BufferLease lease(blas::BufferLease::Holder::job);
    job->execute(cancel);
  } catch (...) {
    job->settled();
    throw toError(env, std::current_exception());
  }
  job->settled();
  return job->result(env);
}

Napi::Value runAsync(Napi::Env env, std::unique_ptr<Job> job, const Napi::Value& flag) {
  return queue<Worker>(env, std::make_unique<Pending>(env, std::move(job), flag));
}

Napi::Value runAsync(Napi::Env env, std::unique_ptr<Job> job, const Napi::Value& flag, const Napi::Value& progress) {
  if (isMissing(progress)) return runAsync(env, std::move(job), flag);
  const Napi::Function callback = function(progress, "onProgress");
  return queue<ProgressWorker>(env, std::make_unique<Pending>(env, std::move(job), flag), callback);
}

void stopAll(Napi::Env env) {
  const auto* environment = env.GetInstanceData<Environment>();
  if (environment == nullptr) return;
  for (Cancel* cancel : environment->running) cancel->stop();
}

void exportJobs(Napi::Env env, Napi::Object exports) {
  exports.Set("stopAll", newFunction<stopAllJobs>(env, "stopAll"));
}

}  // namespace gnvpro::binding
