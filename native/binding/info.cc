// info: what this build is and runs on. Loading is refused where OpenBLAS would be unsafe.
#include <napi.h>

#include <algorithm>
#include <string>
#include <thread>

#include "binding/errors.h"
#include "binding/exports.h"
#include "binding/values.h"
#include "blas/blas.h"
#include "kernels/elementwise.h"

namespace gnvpro::binding {
namespace {

Napi::Value info(const Napi::CallbackInfo& call) {
  const blas::BuildInfo blas = blas::buildInfo();
  return newObject(call.Env(), Field{"blas", blas.config}, Field{"core", blas.core},
                   Field{"blasParallel", blas.parallel}, Field{"simd", elementwise::target()},
                   Field{"hardwareThreads", std::max(1u, std::thread::hardware_concurrency())},
                   Field{"compiler", std::string("g++ ") + __VERSION__}, Field{"napi", NAPI_VERSION});
}

}  // namespace

void exportInfo(Napi::Env env, Napi::Object exports) {
  // The serial build of OpenBLAS keeps global buffers without a lock: products from two threads come out wrong.
  if (blas::buildInfo().parallel == 0) {
    throw makeError(env, "ERR_BLAS_SERIAL",
                    "gnvpro needs the pthread build of OpenBLAS but found the serial one, which is not thread-safe. "
                    "Install libopenblas0-pthread (Debian, Ubuntu) or openblas-threads (Fedora).");
  }
  blas::useOneThread();
  exports.Set("info", newFunction<info>(env, "info"));
}

}  // namespace gnvpro::binding
