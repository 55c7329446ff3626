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
#include "binding/errors.h"
#include "binding/exports.h"
#include "binding/file_rows.h"
#include "binding/job.h"
#include "binding/program.h"
#include "binding/values.h"
#include "blas/blas.h"
#include "statistics/centred_qr.h"
#include "statistics/principal_components.h"

namespace gnvpro::binding {
namespace {

constexpr int64_t kMaximumOrder = 1 << 24;

/** `samples` weights, or none for undefined or null. */
std::vector<double> readWeights(const Napi::Value& value, int64_t samples) {
  if (isMissing(value)) return {};
  std::vector<double> weights = copied(float64Array(value, "weights", samples));
  if (!std::all_of(weights.begin(), weights.end(), [](double x) { return x >= 0 && std::isfinite(x); })) {
    throw ArgumentError("Expected finite weights of at least 0.");
  }
  return weights;
}

/** Rows that a job is given: an array, which it reads, or a file. */
class GivenRows {
 public:
  GivenRows(const Napi::Value& value, const char* name, int64_t samples, int64_t cols)
      : value_(value), name_(name), samples_(samples), cols_(cols) {
    if (isFileRows(value)) file_ = readFileRows(value, name, samples, cols, 1, kept_);
  }

  /** How many arrays the job reads for them. */
  size_t arrays() const { return file_ ? 0 : 1; }

  void giveTo(Job& job) const {
    for (const Napi::ObjectReference& object : kept_) job.keep(object.Value());
    if (!file_) job.read(value_, name_, samples_ * cols_);
  }

  /** For the work, which touches no value of JavaScript; `array`: which of those that the job reads. */
  auto reader(size_t array) const {
    return [file = file_, cols = cols_, array](const Readings& read) {
      return Rows{file ? SampleArray<double>(*file) : SampleArray<double>(read[array]), cols};
    };
  }

 private:
  Napi::Value value_;
  const char* name_;
  int64_t samples_, cols_;
  std::shared_ptr<FileRows> file_;
  std::vector<Napi::ObjectReference> kept_;
};

Napi::Object columnsObject(Napi::Env env, const CentredColumns& columns) {
  return newObject(env, Field{"mean", columns.mean}, Field{"rest", columns.rest}, Field{"unit", columns.unit});
}

/** Row-major A (rows × cols) is LAPACK's Aᵀ = V diag(s) Uᵀ: its "U" is our V, row-major Vᵀ, and its "Vᵀ" our U. */
Napi::Value svd(const Napi::CallbackInfo& info) {
  struct Svd {
    std::vector<double> U, s, Vt;
  };
  const int64_t rows = integer(info[0], "rows", 1, kMaximumOrder);
  const int64_t cols = integer(info[1], "cols", 1, kMaximumOrder);
  const std::span<double> A = float64Array(info[2], "A", rows * cols);
  if (!std::all_of(A.begin(), A.end(), [](double x) { return std::isfinite(x); })) {
    throw CodedError("ERR_NONFINITE", "Expected finite entries for A but received one that is NaN or infinite.");
  }
  const auto work = [rows, cols, A = copied(A)](const Readings&, Cancel&) {
    const int64_t rank = std::min(rows, cols);
    Svd svd{std::vector<double>(rows * rank), std::vector<double>(rank), std::vector<double>(rank * cols)};
    blas::svd(cols, rows, A.data(), svd.s.data(), svd.Vt.data(), svd.U.data());
    return svd;
  };
  const auto answer = [](Napi::Env env, const Svd& svd) {
    return newObject(env, Field{"U", svd.U}, Field{"s", svd.s}, Field{"Vt", svd.Vt});
  };
  return handleOf(info.Env(), newJob(work, answer));
}

/** centredQr(samples, inputs, X, targets, T, weights, flag) */
Napi::Value centredQr(const Napi::CallbackInfo& info) {
  const int64_t samples = integer(info[0], "samples", 1, kMaxSamples);
  const int64_t inputs = integer(info[1], "inputs", 1, kMaximumOrder);
  const int64_t targets = integer(info[3], "targets", 1, kMaximumOrder);
  const GivenRows X(info[2], "X", samples, inputs), T(info[4], "T", samples, targets);
  const auto work = [samples, rowsOfX = X.reader(0), rowsOfT = T.reader(X.arrays()),
                     weights = readWeights(info[5], samples)](const Readings& read, const Cancel& cancel) {
    return gnvpro::centredQr(samples, rowsOfX(read), rowsOfT(read), weights, cancel);
  };
  const auto answer = [](Napi::Env env, const CentredQr& qr) {
    return newObject(env, Field{"R", qr.R}, Field{"inputs", columnsObject(env, qr.inputs)},
                     Field{"targets", columnsObject(env, qr.targets)});
  };
  auto job = newJob(work, answer);
  X.giveTo(*job);
  T.giveTo(*job);
  job->setFlag(info[6]);
  return handleOf(info.Env(), std::move(job));
}

/** principalComponents(samples, inputs, X, components, weights, flag) */
Napi::Value principalComponents(const Napi::CallbackInfo& info) {
  const int64_t samples = integer(info[0], "samples", 1, kMaxSamples);
  const int64_t inputs = integer(info[1], "inputs", 1, kMaximumOrder);
  const int64_t components = integer(info[3], "components", 1, inputs);
  const GivenRows X(info[2], "X", samples, inputs);
  const auto work = [samples, components, rowsOfX = X.reader(0), weights = readWeights(info[4], samples)](
                        const Readings& read, const Cancel& cancel) {
    return gnvpro::principalComponents(samples, rowsOfX(read), components, weights, cancel);
  };
  const auto answer = [](Napi::Env env, const PrincipalComponents& found) {
    return newObject(env, Field{"mean", found.mean}, Field{"deviations", found.deviations}, Field{"Vt", found.Vt});
  };
  auto job = newJob(work, answer);
  X.giveTo(*job);
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
