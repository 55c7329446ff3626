// Jobs of an objective and of its points.
#pragma once

#include <napi.h>

#include <functional>
#include <memory>
#include <utility>

#include "binding/blueprint.h"
#include "binding/errors.h"
#include "binding/reading_job.h"
#include "session/session.h"

namespace gnvpro::binding {

/** What the handles of an objective, of its points and of their jobs share. */
struct ObjectiveState {
  std::shared_ptr<Blueprint> blueprint;  // null after disposal
  std::shared_ptr<Session> session;      // null before the first evaluation
  bool busy = false;
  int64_t regularizations = 0;  // how often α_W and the regulariser of θ have changed
  Kept kept;

  /** Throws where the objective is disposed of or busy. */
  const Problem& open() const {
    if (!blueprint) throw CodedError("ERR_DISPOSED", "This objective has been disposed of.");
    if (busy) throw CodedError("ERR_BUSY", "This objective is busy: await its running job before the next call.");
    return blueprint->problem;
  }
};

/** Work on a session and its answer, each a function. */
template <typename Answer>
class ObjectiveJob : public ReadingJob {
 public:
  using Work = std::function<Answer(Session&, Cancel&)>;
  using Convert = std::function<Napi::Value(Napi::Env, const Answer&)>;

  ObjectiveJob(std::shared_ptr<ObjectiveState> state, Work work, Convert convert)
      : state_(std::move(state)), work_(std::move(work)), convert_(std::move(convert)) {
    setFlag(state_->blueprint->cancelFlag);
  }
  ~ObjectiveJob() override { settled(); }  // also where the job could not be queued

  using ReadingJob::read;

  void begin(Napi::Env env, bool isAsync) override {
    state_->open();
    ReadingJob::begin(env, isAsync);
    blueprint_ = state_->blueprint;
    session_ = state_->session;
    state_->busy = true;
  }

  void execute(Cancel& cancel) override {
    if (!session_) session_ = build(blueprint_, cancel);
    answer_ = work_(*session_, cancel);
  }

  Napi::Value result(Napi::Env env) override { return convert_(env, answer_); }

  void settled() override {
    if (!blueprint_) return;  // it has not begun
    state_->busy = false;
    if (state_->blueprint) state_->session = session_;
    blueprint_.reset();
  }

 private:
  std::shared_ptr<ObjectiveState> state_;
  std::shared_ptr<const Blueprint> blueprint_;
  std::shared_ptr<Session> session_;  // dispose() may come while this runs
  Work work_;
  Convert convert_;
  Answer answer_{};
};

}  // namespace gnvpro::binding
