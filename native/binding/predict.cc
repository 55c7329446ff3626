// predict: S = [Z 1] Wᵀ, the network's forward pass and the last layer.
#include <napi.h>

#include <algorithm>
#include <memory>
#include <vector>

#include "binding/arguments.h"
#include "binding/arrays.h"
#include "binding/errors.h"
#include "binding/exports.h"
#include "binding/job.h"
#include "binding/program.h"
#include "blas/blas.h"
#include "parallel/pool.h"
#include "program/executor.h"

namespace gnvpro::binding {
namespace {

/** Samples and numbers that are worked on at a time, so that memory grows neither with N nor with absurd widths. */
constexpr int64_t kBlockRows = 64 * 1024;
constexpr int64_t kBlockDoubles = int64_t{1} << 24;

/** The last layer: W is targets × (features + 1 if there is a bias), the bias being its last column. */
struct LastLayer {
  int64_t targets;
  int64_t features;
  bool bias;
  int64_t cols() const { return features + (bias ? 1 : 0); }
};

/** S = Z W₁ᵀ + 1 bᵀ for some rows. */
void applyLastLayer(const LastLayer& layer, const double* W, int64_t rows, const double* Z, double* S) {
  for (int64_t n = 0; n < rows; ++n) {
    for (int64_t j = 0; j < layer.targets; ++j) {
      S[n * layer.targets + j] = layer.bias ? W[j * layer.cols() + layer.features] : 0;
    }
  }
  blas::gemm(false, true, rows, layer.targets, layer.features, 1, Z, layer.features, W, layer.cols(), 1, S,
             layer.targets);
}

class Prediction : public Job {
 public:
  Prediction(Napi::Env env, std::shared_ptr<const Program> program, const LastLayer& layer, int64_t samples,
             int threads)
      : program_(std::move(program)), layer_(layer), samples_(samples), threads_(threads) {
    Napi::Float64Array S = newFloat64Array(env, samples * layer.targets);
    S_ = S.Data();
    array_ = Napi::Persistent(S);
  }

  /**
   * Inputs on shared memory and the arrays of the synchronous form are read in place; others are copied, as JavaScript
   * may detach its arrays meanwhile.
   */
  void setArrays(std::span<const double> theta, std::span<const double> W, std::span<const double> Y, bool copy,
                 bool copyInputs) {
    theta_ = copy ? copied(theta) : theta.data();
    W_ = copy ? copied(W) : W.data();
    Y_ = copyInputs ? copied(Y) : Y.data();
  }

  void execute(Cancel& cancel) override {
    Pool pool(threads_);
    const int64_t fitting = kBlockDoubles / (columnsInFlight() + layer_.features);
    const int64_t step = std::clamp<int64_t>(fitting, 1, kBlockRows);
    std::vector<double> Z(std::min(samples_, step) * layer_.features);
    for (int64_t begin = 0; begin < samples_; begin += step) {
      runBlock(pool, begin, std::min(step, samples_ - begin), Z.data(), cancel);
    }
  }

  Napi::Value result(Napi::Env) override { return array_.Value(); }

 private:
  const double* copied(std::span<const double> array) {
    return copies_.emplace_back(array.begin(), array.end()).data();
  }

  int64_t columnsInFlight() const { return program_->columnsInFlight() + layer_.targets; }

  void runBlock(Pool& pool, int64_t begin, int64_t rows, double* Z, const Cancel& cancel) const {
    const Tiling tiling(Samples::all(rows), columnsInFlight(), pool.threads());
    const Bindings bindings{{Y_ + begin * program_->sampleInputColumns[0]}, {theta_}, {Z}, {}};
    double* S = S_ + begin * layer_.targets;
    const auto lastLayer = [&](const Tile& tile, const Place&) {
      applyLastLayer(layer_, W_, tile.rows(), Z + tile.begin * layer_.features, S + tile.begin * layer_.targets);
    };
    Executor(*program_, tiling, pool).run(bindings, nullptr, lastLayer, &cancel);
  }

  std::shared_ptr<const Program> program_;
  LastLayer layer_;
  int64_t samples_;
  int threads_;
  Napi::Reference<Napi::Float64Array> array_;
  double* S_;
  const double* theta_ = nullptr;
  const double* W_ = nullptr;
  const double* Y_ = nullptr;
  std::vector<std::vector<double>> copies_;
};

void checkForward(const Program& program) {
  const bool ok = program.sampleInputColumns.size() == 1 && program.vectorInputLengths.size() == 1 &&
                  program.sampleOutputColumns.size() == 1 && program.vectorOutputLengths.empty();
  if (!ok) throw ArgumentError("Expected a forward program (inputs and weights to features) but received another one.");
}

/** predict(program, weights, W, targets, bias, inputs, samples, threads, flag) */
std::unique_ptr<Prediction> newPrediction(const Napi::CallbackInfo& info, bool copy) {
  std::shared_ptr<const Program> program = programOf(info[0], "program");
  checkForward(*program);
  const int64_t targets = integer(info[3], "targets", 1, 1 << 24);
  const LastLayer layer{targets, program->sampleOutputColumns[0], boolean(info[4], "bias")};
  const int64_t samples = integer(info[6], "samples", 0, kMaxSamples);
  const auto threads = static_cast<int>(integer(info[7], "threads", 1, kMaxThreads));
  const auto theta = float64Array(info[1], "weights", program->vectorInputLengths[0]);
  const auto W = float64Array(info[2], "W", targets * layer.cols());
  const auto Y = float64Array(info[5], "inputs", samples * program->sampleInputColumns[0]);
  auto job = std::make_unique<Prediction>(info.Env(), std::move(program), layer, samples, threads);
  const bool shared = isShared(info[5]);
  if (shared) job->keep(info[5].As<Napi::Object>());
  job->setArrays(theta, W, Y, copy, copy && !shared);
  return job;
}

Napi::Value predict(const Napi::CallbackInfo& info) { return runAsync(info.Env(), newPrediction(info, true), info[8]); }

Napi::Value predictSync(const Napi::CallbackInfo& info) {
  return runSync(info.Env(), newPrediction(info, false), info[8]);
}

}  // namespace

void exportPredict(Napi::Env env, Napi::Object exports) {
  exports.Set("predict", newFunction<predict>(env, "predict"));
  exports.Set("predictSync", newFunction<predictSync>(env, "predictSync"));
}

}  // namespace gnvpro::binding
