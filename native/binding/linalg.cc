// svd: the thin singular value decomposition of a row-major matrix.
#include <napi.h>

#include <algorithm>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "binding/arguments.h"
#include "binding/arrays.h"
#include "binding/errors.h"
#include "binding/exports.h"
#include "binding/job.h"
#include "blas/blas.h"

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
    const int info = blas::gesdd(cols_, rows_, A_.data(), cols_, s_.data(), Vt_.data(), cols_, U_.data(), rank_);
    if (info > 0) throw blas::LapackError("dgesdd", info);
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

std::unique_ptr<Job> newSvd(const Napi::CallbackInfo& info) {
  const int64_t rows = integer(info[0], "rows", 1, kMaximumOrder);
  const int64_t cols = integer(info[1], "cols", 1, kMaximumOrder);
  const std::span<double> A = float64Array(info[2], "A", rows * cols);
  if (!std::all_of(A.begin(), A.end(), [](double x) { return std::isfinite(x); })) {
    throw CodedError("ERR_NONFINITE", "Expected finite entries for A but received one that is NaN or infinite.");
  }
  return std::make_unique<SvdJob>(rows, cols, A);
}

Napi::Value svd(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&] { return runAsync(info.Env(), newSvd(info), info.Env().Undefined()); });
}

Napi::Value svdSync(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&] { return runSync(info.Env(), newSvd(info), info.Env().Undefined()); });
}

}  // namespace

void exportLinalg(Napi::Env env, Napi::Object exports) {
  exports.Set("svd", Napi::Function::New<svd>(env, "svd"));
  exports.Set("svdSync", Napi::Function::New<svdSync>(env, "svdSync"));
}

}  // namespace gnvpro::binding
