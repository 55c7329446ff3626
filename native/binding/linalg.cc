// svd: the thin singular value decomposition of a row-major matrix. centredQr: the triangle of a least-squares problem.
// principalComponents: the leading ones of rows of numbers.
#include <napi.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "binding/arguments.h"
#include "binding/arrays.h"
#include "binding/errors.h"
#include "binding/exports.h"
#include "binding/job.h"
#include "binding/program.h"
#include "binding/reading_job.h"
#include "blas/blas.h"
#include "statistics/centred_qr.h"
#include "statistics/principal_components.h"

namespace gnvpro::binding {
namespace {

constexpr int64_t kMaximumOrder = 1 << 24;

/** Row-major A (rows × cols) is LAPACK's Aᵀ = V diag(s) Uᵀ: its "U" is our V, row-major Vᵀ, and its "Vᵀ" our U. */
class SvdJob : public Job {
 public:
  SvdJob(int64_t rows, int64_t cols, std::span<const double> A)
      : rows_(rows), cols_(cols), rank_(std::min(rows, cols)), A_(A.begin(), A.end()) {}

  void execute(Cancel&) override {
    s_.resize(rank_);
    U_.resize(rows_ * rank_);
    Vt_.resize(rank_ * cols_);
    blas::svd(cols_, rows_, A_.data(), s_.data(), Vt_.data(), U_.data());
  }

  Napi::Value result(Napi::Env env) override {
    Napi::Object svd = Napi::Object::New(env);
    svd.Set("U", copiedArray(env, U_));
    svd.Set("s", copiedArray(env, s_));
    svd.Set("Vt", copiedArray(env, Vt_));
    return svd;
  }

 private:
  int64_t rows_, cols_, rank_;
  std::vector<double> A_, s_, U_, Vt_;
};

/** `samples` weights, or none for undefined or null. */
std::vector<double> readWeights(const Napi::Value& value, int64_t samples) {
  if (isMissing(value)) return {};
  std::vector<double> weights = copied(float64Array(value, "weights", samples));
  if (!std::all_of(weights.begin(), weights.end(), [](double x) { return x >= 0 && std::isfinite(x); })) {
    throw ArgumentError("Expected finite weights of at least 0.");
  }
  return weights;
}

class CentredQrJob : public ReadingJob {
 public:
  CentredQrJob(int64_t samples, int64_t inputs, int64_t targets)
      : samples_(samples), X_{nullptr, inputs}, T_{nullptr, targets} {}

  void setArrays(const Napi::Value& X, const Napi::Value& T, const Napi::Value& weights) {
    read(X, "X", samples_ * X_.cols, &X_.data);
    read(T, "T", samples_ * T_.cols, &T_.data);
    weights_ = readWeights(weights, samples_);
  }

  void execute(Cancel& cancel) override { answer_ = gnvpro::centredQr(samples_, X_, T_, weights_, cancel); }

  Napi::Value result(Napi::Env env) override {
    Napi::Object qr = Napi::Object::New(env);
    qr.Set("R", copiedArray(env, answer_.R));
    qr.Set("inputs", described(env, answer_.inputs));
    qr.Set("targets", described(env, answer_.targets));
    return qr;
  }

 private:
  static Napi::Object described(Napi::Env env, const CentredColumns& columns) {
    Napi::Object described = Napi::Object::New(env);
    described.Set("mean", copiedArray(env, columns.mean));
    described.Set("rest", copiedArray(env, columns.rest));
    described.Set("unit", copiedArray(env, columns.unit));
    return described;
  }

  int64_t samples_;
  Rows X_, T_;
  std::vector<double> weights_;
  CentredQr answer_;
};

class PrincipalComponentsJob : public ReadingJob {
 public:
  PrincipalComponentsJob(int64_t samples, int64_t inputs, int64_t components)
      : samples_(samples), components_(components), X_{nullptr, inputs} {}

  void setArrays(const Napi::Value& X, const Napi::Value& weights) {
    read(X, "X", samples_ * X_.cols, &X_.data);
    weights_ = readWeights(weights, samples_);
  }

  void execute(Cancel& cancel) override {
    answer_ = gnvpro::principalComponents(samples_, X_, components_, weights_, cancel);
  }

  Napi::Value result(Napi::Env env) override {
    Napi::Object components = Napi::Object::New(env);
    components.Set("mean", copiedArray(env, answer_.mean));
    components.Set("deviations", copiedArray(env, answer_.deviations));
    components.Set("Vt", copiedArray(env, answer_.Vt));
    return components;
  }

 private:
  int64_t samples_, components_;
  Rows X_;
  std::vector<double> weights_;
  PrincipalComponents answer_;
};

Napi::Value svd(const Napi::CallbackInfo& info) {
  const int64_t rows = integer(info[0], "rows", 1, kMaximumOrder);
  const int64_t cols = integer(info[1], "cols", 1, kMaximumOrder);
  const std::span<double> A = float64Array(info[2], "A", rows * cols);
  if (!std::all_of(A.begin(), A.end(), [](double x) { return std::isfinite(x); })) {
    throw CodedError("ERR_NONFINITE", "Expected finite entries for A but received one that is NaN or infinite.");
  }
  return handleOf(info.Env(), std::make_unique<SvdJob>(rows, cols, A));
}

/** centredQr(samples, inputs, X, targets, T, weights, flag) */
Napi::Value centredQr(const Napi::CallbackInfo& info) {
  const int64_t samples = integer(info[0], "samples", 1, kMaxSamples);
  const int64_t inputs = integer(info[1], "inputs", 1, kMaximumOrder);
  const int64_t targets = integer(info[3], "targets", 1, kMaximumOrder);
  auto job = std::make_unique<CentredQrJob>(samples, inputs, targets);
  job->setArrays(info[2], info[4], info[5]);
  job->setFlag(info[6]);
  return handleOf(info.Env(), std::move(job));
}

/** principalComponents(samples, inputs, X, components, weights, flag) */
Napi::Value principalComponents(const Napi::CallbackInfo& info) {
  const int64_t samples = integer(info[0], "samples", 1, kMaxSamples);
  const int64_t inputs = integer(info[1], "inputs", 1, kMaximumOrder);
  const int64_t components = integer(info[3], "components", 1, inputs);
  auto job = std::make_unique<PrincipalComponentsJob>(samples, inputs, components);
  job->setArrays(info[2], info[4]);
  job->setFlag(info[5]);
  return handleOf(info.Env(), std::move(job));
}

}  // namespace

void exportLinalg(Napi::Env env, Napi::Object exports) {
  exports.Set("svd", newFunction<svd>(env, "svd"));
  exports.Set("centredQr", newFunction<centredQr>(env, "centredQr"));
  exports.Set("principalComponents", newFunction<principalComponents>(env, "principalComponents"));
}

}  // namespace gnvpro::binding
