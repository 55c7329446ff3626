// What an objective is made of, as JavaScript describes it.
#pragma once

#include <napi.h>

#include <memory>
#include <variant>
#include <vector>

#include "files/file_rows.h"
#include "network/programs.h"
#include "problem/problem.h"

namespace gnvpro::binding {

/**
 * Checked data and programs. The first evaluation builds the objective, off the JavaScript thread: the first touch of
 * its memory may take as long as the evaluation.
 */
struct Blueprint {
  Problem problem;
  Programs programs;
  int threads;
  int32_t* cancelFlag;                                           // of all jobs, or null
  std::variant<std::vector<double>, std::vector<float>> inputs;  // copies, where JavaScript could detach its arrays
  std::vector<double> targets, sampleWeights;                    // the same
  std::shared_ptr<FileRows> fileInputs, fileTargets;             // or null, where they are arrays
};

/** Throws what is wrong with α_W or the regulariser of θ; the blueprint then stays as it is. */
void regularize(Blueprint& blueprint, const Napi::Value& alphaW, const Napi::Value& regularizer);

/** JavaScript's arrays that are read where they lie. */
using Kept = std::vector<Napi::ObjectReference>;

/** Throws what is wrong with a description. */
std::shared_ptr<Blueprint> readBlueprint(const Napi::Value& value, Kept& kept);

}  // namespace gnvpro::binding
