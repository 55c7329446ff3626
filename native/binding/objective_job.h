// Jobs of an objective and of its points.
#pragma once

#include <napi.h>

#include <memory>
#include <optional>
#include <type_traits>
#include <utility>

#include "binding/blueprint.h"
#include "binding/errors.h"
#include "binding/external_memory.h"
#include "binding/job.h"
#include "objective/objective.h"

namespace gnvpro::binding {

/** What the handles of an objective, of its points and of their jobs share. */
struct ObjectiveState {
  explicit ObjectiveState(napi_env env) : memory(env) {}

  std::shared_ptr<Blueprint> blueprint;  // null after disposal
  std::shared_ptr<Objective> objective;  // null before the first evaluation
  bool busy = false;
  int64_t regularizations = 0;  // how often α_W and the regulariser of θ have changed
  Kept kept;
  ExternalMemory memory;  // of the objective, as of its last job

  /** Throws where the objective is disposed of or busy. */
  const Problem& open() const {
    if (!blueprint) throw CodedError("ERR_DISPOSED", "This objective has been disposed of.");
    if (busy) throw CodedError("ERR_BUSY", "This objective is busy: await its running job before the next call.");
    return blueprint->problem;
  }

  void account() { memory.set(objective ? objective->memoryBytes() : 0); }
};

/** What the handle of a point and the jobs that ask it share. */
struct PointState {
  std::shared_ptr<ObjectiveState> owner;
  std::shared_ptr<KnownPoint> known;  // null where the point is not finite, and once it is dropped
  bool isFinite = true;
  int64_t regularizations = 0;  // of the objective, when the point was found

  /** Throws where there is nothing to be had. */
  const std::shared_ptr<KnownPoint>& live() const {
    owner->open();
    if (!isFinite) throw CodedError("ERR_NONFINITE", "This point is not finite: it has an evaluation only.");
    if (!known) throw CodedError("ERR_DISPOSED", "This point has been dropped.");
    checkCurrent();
    return known;
  }

  /** Throws where the objective has changed. A job knows its point until it has run, even if that is dropped before. */
  void checkCurrent() const {
    if (regularizations == owner->regularizations) return;
    throw CodedError("ERR_DISPOSED", "This point went when its objective got another regularization.");
  }
};

/** `work(objective, readings, cancel)`, and `convert(env, answer)`. `point`: what it asks, or null. */
template <typename Work, typename Convert>
class ObjectiveJob : public Job {
 public:
  ObjectiveJob(std::shared_ptr<ObjectiveState> state, std::shared_ptr<const PointState> point, Work work,
               Convert convert)
      : state_(std::move(state)), point_(std::move(point)), work_(std::move(work)), convert_(std::move(convert)) {
    setFlag(state_->blueprint->cancelFlag);
  }
  ~ObjectiveJob() override { settled(); }  // also where the job could not be queued

  void begin(Napi::Env env, bool isAsync) override {
    state_->open();
    if (point_) point_->checkCurrent();
    Job::begin(env, isAsync);
    blueprint_ = state_->blueprint;
    objective_ = state_->objective;
    state_->busy = true;
  }

  void execute(Cancel& cancel) override {
    if (!objective_) {
      const std::shared_ptr<const Problem> problem(blueprint_, &blueprint_->problem);
      const auto poll = [&] { cancel.poll(); };
      objective_ = std::make_shared<Objective>(problem, blueprint_->programs, blueprint_->threads, poll);
    }
    answer_.emplace(work_(*objective_, readings(), cancel));
  }

  Napi::Value result(Napi::Env env) override { return convert_(env, *answer_); }

  void settled() override {
    if (!blueprint_) return;  // it has not begun
    state_->busy = false;
    if (state_->blueprint) {
      state_->objective = objective_;
      state_->account();
    }
    blueprint_.reset();
  }

 private:
  std::shared_ptr<ObjectiveState> state_;
  std::shared_ptr<const PointState> point_;
  std::shared_ptr<const Blueprint> blueprint_;
  std::shared_ptr<Objective> objective_;  // dispose() may come while this runs
  Work work_;
  Convert convert_;
  std::optional<std::invoke_result_t<Work&, Objective&, const Readings&, Cancel&>> answer_;
};

template <typename Work, typename Convert>
auto newObjectiveJob(const std::shared_ptr<ObjectiveState>& state, const std::shared_ptr<const PointState>& point,
                     Work work, Convert convert) {
  return std::make_unique<ObjectiveJob<Work, Convert>>(state, point, std::move(work), std::move(convert));
}

}  // namespace gnvpro::binding
