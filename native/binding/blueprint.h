// What a session is made of, as JavaScript describes it.
#pragma once

#include <napi.h>

#include <memory>
#include <vector>

#include "network/programs.h"
#include "parallel/cancel.h"
#include "problem/problem.h"
#include "session/session.h"

namespace gnvpro::binding {

/**
 * Checked data and programs. The first evaluation builds the session, off the JavaScript thread: the first touch of its
 * memory may take as long as the evaluation.
 */
struct Blueprint {
  Problem problem;
  Programs programs;
  int64_t pairs;
  int threads;
  std::vector<double> inputs, targets, sampleWeights;  // copies, where JavaScript could detach its arrays
};

/** Throws what is wrong with α_W or the regulariser of θ; the blueprint then stays as it is. */
void regularize(Blueprint& blueprint, const Napi::Value& alphaW, const Napi::Value& regularizer);

std::shared_ptr<Session> build(const std::shared_ptr<const Blueprint>& blueprint, const Cancel& cancel);

/** JavaScript's arrays that are read where they lie. */
using Kept = std::vector<Napi::ObjectReference>;

/** Throws what is wrong with a description. */
std::shared_ptr<Blueprint> readBlueprint(const Napi::Value& value, Kept& kept);

}  // namespace gnvpro::binding
