// A point of an objective as a JavaScript object.
#pragma once

#include <napi.h>

#include <memory>
#include <vector>

#include "binding/objective_job.h"
#include "session/session.h"

namespace gnvpro::binding {

/** Its handle, with x and the evaluation for properties. */
Napi::Value newPoint(Napi::Env env, const std::shared_ptr<ObjectiveState>& state, const std::vector<double>& x,
                     const Session::Arrival& arrival);

/** The place of a point of this objective that can still be asked; refuses every other value. */
std::shared_ptr<Known> knownOf(const Napi::Value& value, const ObjectiveState& state);

}  // namespace gnvpro::binding
