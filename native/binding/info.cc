// info: what this build is and runs on. Loading is refused where OpenBLAS would be unsafe; where it computes wrong
// numbers, info says so, and the TypeScript side refuses the rest.
#include <napi.h>

#include <algorithm>
#include <string>
#include <thread>

#include "binding/arguments.h"
#include "binding/errors.h"
#include "binding/exports.h"
#include "binding/job.h"
#include "binding/program.h"
#include "binding/values.h"
#include "blas/blas.h"
#include "blas/self_test.h"
#include "kernels/elementwise.h"
#include "parallel/crew.h"

namespace gnvpro::binding {
namespace {

/** { passed, routine, error, seconds } */
Napi::Value blasTest(Napi::Env env) {
  const blas::SelfTest& test = blas::selfTest();
  const bool passed = test.routine == nullptr;
  const Napi::Value routine = passed ? env.Null() : Napi::Value(Napi::String::New(env, test.routine));
  return newObject(env, Field{"passed", passed}, Field{"routine", routine}, Field{"error", test.error},
                   Field{"seconds", test.seconds});
}

Napi::Value info(const Napi::CallbackInfo& call) {
  const blas::BuildInfo blas = blas::buildInfo();
  return newObject(
      call.Env(), Field{"blas", blas.config}, Field{"core", blas.core}, Field{"blasParallel", blas.parallel},
      Field{"blasTest", blasTest(call.Env())}, Field{"simd", elementwise::target()},
      Field{"hardwareThreads", std::max(1u, std::thread::hardware_concurrency())}, Field{"threads", threadUse().limit},
      Field{"compiler", std::string("g++ ") + __VERSION__}, Field{"napi", NAPI_VERSION});
}

Napi::Value setThreads(const Napi::CallbackInfo& call) {
  setThreadLimit(static_cast<int>(integer(call[0], "threads", 1, kMaxThreads)));
  return call.Env().Undefined();
}

/** { threads, computing, helping, waiting } */
Napi::Value use(const Napi::CallbackInfo& call) {
  const ThreadUse use = threadUse();
  return newObject(call.Env(), Field{"threads", use.limit}, Field{"computing", use.jobs}, Field{"helping", use.helpers},
                   Field{"waiting", waitingJobs(call.Env())});
}

/** Bytes outside of V8's heap that V8 has been told of; process.memoryUsage() has those of arrays only. */
Napi::Value externalMemory(const Napi::CallbackInfo& call) {
  int64_t total = 0;
  napi_adjust_external_memory(call.Env(), 0, &total);
  return valueOf(call.Env(), total);
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
  blas::selfTest();
  exports.Set("info", newFunction<info>(env, "info"));
  exports.Set("setThreads", newFunction<setThreads>(env, "setThreads"));
  exports.Set("externalMemory", newFunction<externalMemory>(env, "externalMemory"));
  exports.Set("threadUse", newFunction<use>(env, "threadUse"));
}

}  // namespace gnvpro::binding
