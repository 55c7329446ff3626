// predict: S = [Z 1] Wᵀ, the network's forward pass and the last layer.
#include <napi.h>

#include <algorithm>
#include <memory>
#include <vector>

#include "binding/arguments.h"
#include "binding/errors.h"
#include "binding/exports.h"
#include "binding/job.h"
#include "binding/program.h"
#include "binding/values.h"
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
  Prediction(std::shared_ptr<const Program> program, const LastLayer& layer, int64_t samples, int threads)
      : program_(std::move(program)), layer_(layer), samples_(samples), threads_(threads) {}

  void begin(Napi::Env env, bool isAsync) override {
    Napi::Float64Array S = newArray<double>(env, samples_ * layer_.targets);
    Job::begin(env, isAsync);
    S_ = S.Data();
    array_ = Napi::Persistent(S);
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

  bool goesFirst() const override { return true; }

 private:
  int64_t columnsInFlight() const { return program_->columnsInFlight() + layer_.targets; }

  void runBlock(Pool& pool, int64_t begin, int64_t rows, double* Z, const Cancel& cancel) const {
    const Tiling tiling(Samples::all(rows), columnsInFlight(), pool.threads());
    const double *theta = readings()[0], *W = readings()[1], *Y = readings()[2];
    const Bindings<double> bindings{{Y + begin * program_->sampleInputColumns[0]}, {theta}, {Z}, {}};
    double* S = S_ + begin * layer_.targets;
    const auto lastLayer = [&](const Tile& tile, const Place&) {
      applyLastLayer(layer_, W, tile.rows(), Z + tile.begin * layer_.features, S + tile.begin * layer_.targets);
    };
    Executor<double>(*program_, tiling, pool).run(bindings, nullptr, lastLayer, &cancel);
  }

  std::shared_ptr<const Program> program_;
  LastLayer layer_;
  int64_t samples_;
  int threads_;
  Napi::Reference<Napi::Float64Array> array_;
  double* S_ = nullptr;
};

void checkForward(const Program& program) {
  const bool ok = program.sampleInputColumns.size() == 1 && program.vectorInputLengths.size() == 1 &&
                  program.sampleOutputColumns.size() == 1 && program.vectorOutputLengths.empty();
  if (!ok) throw ArgumentError("Expected a forward program (inputs and weights to features) but received another one.");
}

/** predict(program, weights, W, targets, bias, inputs, samples, threads, flag) */
Napi::Value predict(const Napi::CallbackInfo& info) {
  const std::shared_ptr<const Program> program = programOf(info[0], "program");
  checkForward(*program);
  const int64_t targets = integer(info[3], "targets", 1, 1 << 24);
  const LastLayer layer{targets, program->sampleOutputColumns[0], boolean(info[4], "bias")};
  const int64_t samples = integer(info[6], "samples", 0, kMaxSamples);
  const auto threads = static_cast<int>(integer(info[7], "threads", 1, kMaxThreads));
  auto job = std::make_unique<Prediction>(program, layer, samples, threads);
  job->read(info[1], "weights", program->vectorInputLengths[0]);
  job->read(info[2], "W", layer.targets * layer.cols());
  job->read(info[5], "inputs", samples * program->sampleInputColumns[0]);
  job->setFlag(info[8]);
  return handleOf(info.Env(), std::move(job));
}

}  // namespace

void exportPredict(Napi::Env env, Napi::Object exports) {
  exports.Set("predict", newFunction<predict>(env, "predict"));
}

}  // namespace gnvpro::binding
