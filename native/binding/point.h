// A point of an objective as a JavaScript object.
#pragma once

#include <napi.h>

#include <memory>

#include "binding/objective_job.h"
#include "objective/objective.h"

namespace gnvpro::binding {

/** Its handle, with x and the evaluation for properties. */
Napi::Value newPoint(Napi::Env env, const std::shared_ptr<ObjectiveState>& state, const Napi::Float64Array& x,
                     const Objective::Arrival& arrival);

/** A point of this objective; refuses every other value. */
std::shared_ptr<const PointState> pointOf(const Napi::Value& value, const ObjectiveState& objective);

}  // namespace gnvpro::binding
