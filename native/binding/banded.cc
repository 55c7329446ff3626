// BandedLU: a banded matrix, factorised once, that solves for many right-hand sides.
#include <napi.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "binding/arguments.h"
#include "binding/environment.h"
#include "binding/errors.h"
#include "binding/exports.h"
#include "binding/external_memory.h"
#include "binding/job.h"
#include "binding/values.h"
#include "blas/blas.h"
#include "blas/buffer_lease.h"

namespace gnvpro::binding {
namespace {

constexpr int64_t kMaximumOrder = 1 << 24;  // keeps every product of sizes far inside 64 bits
constexpr int64_t kBlock = 64;              // right-hand sides between two looks at the cancel flag; they stay in cache

struct BandedFactor {
  int64_t n;
  int64_t kl;
  int64_t ku;
  std::vector<double> ab;
  std::vector<int32_t> pivots;

  int64_t ldab() const { return 2 * kl + ku + 1; }
  int64_t bytes() const { return static_cast<int64_t>(ab.size() * sizeof(double) + pivots.size() * sizeof(int32_t)); }
};

/** A NaN met on the way may leave a pivot that is no row of the band: solving with it would leave the memory. */
bool pivotsAreValid(const BandedFactor& factor) {
  for (int64_t j = 0; j < factor.n; ++j) {
    const int64_t row = factor.pivots[j] - 1;
    if (row < j || row > std::min(j + factor.kl, factor.n - 1)) return false;
  }
  return true;
}

std::shared_ptr<const BandedFactor> factorize(BandedFactor factor) {
  const blas::BufferLease lease(blas::BufferLease::Holder::job);
  const int info = blas::gbtrf(factor.n, factor.kl, factor.ku, factor.ab.data(), factor.ldab(), factor.pivots.data());
  if (info > 0) throw blas::LapackError("dgbtrf", info);
  if (!pivotsAreValid(factor)) throw CodedError("ERR_NONFINITE", "The banded factorization overflowed.");
  return std::make_shared<const BandedFactor>(std::move(factor));
}

BandedFactor readMatrix(const Napi::CallbackInfo& info) {
  const int64_t n = integer(info[0], "n", 1, kMaximumOrder);
  const int64_t kl = integer(info[1], "kl", 0, n - 1);
  const int64_t ku = integer(info[2], "ku", 0, n - 1);
  const std::span<double> ab = float64Array(info[3], "ab", (2 * kl + ku + 1) * n);
  BandedFactor factor{n, kl, ku, {ab.begin(), ab.end()}, std::vector<int32_t>(n)};
  if (!std::all_of(factor.ab.begin(), factor.ab.end(), [](double x) { return std::isfinite(x); })) {
    throw CodedError("ERR_NONFINITE", "Expected finite entries for ab but received one that is NaN or infinite.");
  }
  return factor;
}

/** X of A X = B, in the columns of B. */
std::vector<double> solved(const BandedFactor& factor, std::vector<double> B, const Cancel& cancel) {
  const int64_t columns = static_cast<int64_t>(B.size()) / factor.n;
  for (int64_t first = 0; first < columns; first += kBlock) {
    cancel.poll();
    blas::gbtrs(factor.n, factor.kl, factor.ku, std::min(kBlock, columns - first), factor.ab.data(), factor.ldab(),
                factor.pivots.data(), B.data() + first * factor.n, factor.n);
  }
  return B;
}

class BandedLU : public Wrapped<BandedLU> {
 public:
  static Napi::Function define(Napi::Env env) {
    return DefineClass(env, "BandedLU", {method<&BandedLU::solve>("solve"), method<&BandedLU::dispose>("dispose")});
  }

  explicit BandedLU(const Napi::CallbackInfo& info) : Wrapped(info), memory_(info.Env()) {
    factor_ = guarded(info.Env(), [&] { return factorize(readMatrix(info)); });
    memory_.set(factor_->bytes());
  }

 private:
  Napi::Value solve(const Napi::CallbackInfo& info) {
    if (!factor_) throw CodedError("ERR_DISPOSED", "This BandedLU has been disposed.");
    const std::span<double> rhs = float64Array(info[0], "rhs");
    if (rhs.size() % factor_->n != 0) {
      refuse("a Float64Array whose length is a multiple of " + std::to_string(factor_->n), "rhs", info[0]);
    }
    // The factor is shared: dispose() may come while this runs.
    auto work = [factor = factor_, B = copied(rhs)](const Readings&, const Cancel& cancel) mutable {
      return solved(*factor, std::move(B), cancel);
    };
    auto job = newJob(std::move(work), copiedArray);
    job->setFlag(info[1]);
    return handleOf(info.Env(), std::move(job));
  }

  void dispose(const Napi::CallbackInfo&) {
    factor_.reset();
    memory_.set(0);
  }

  std::shared_ptr<const BandedFactor> factor_;
  ExternalMemory memory_;
};

}  // namespace

void exportBanded(Napi::Env env, Napi::Object exports) { exports.Set("BandedLU", BandedLU::define(env)); }

}  // namespace gnvpro::binding
