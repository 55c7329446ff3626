// A job that reads arrays of JavaScript.
#pragma once

#include <napi.h>

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "binding/arguments.h"
#include "binding/job.h"

namespace gnvpro::binding {

/**
 * What runs here and now reads arrays where they lie, as does any job where they are on shared memory; others are
 * copied when it begins, since JavaScript may detach them meanwhile.
 */
class ReadingJob : public Job {
 public:
  void begin(Napi::Env, bool isAsync) override {
    for (Reading& reading : readings_) {
      const Napi::Value array = reading.array.Value();
      const std::span<double> data = float64Array(array, reading.name, reading.length);
      const bool inPlace = !isAsync || isShared(array);
      *reading.to = inPlace ? data.data() : copies_.emplace_back(data.begin(), data.end()).data();
    }
  }

 protected:
  /** Refuses what is no Float64Array of this length; `*to`, which stays where it is, gets its numbers in begin(). */
  void read(const Napi::Value& array, std::string name, int64_t length, const double** to) {
    float64Array(array, name, length);
    readings_.push_back({Napi::Persistent(array.As<Napi::Object>()), std::move(name), length, to});
  }

 private:
  struct Reading {
    Napi::ObjectReference array;
    std::string name;
    int64_t length;
    const double** to;
  };

  std::vector<Reading> readings_;
  std::vector<std::vector<double>> copies_;
};

}  // namespace gnvpro::binding
