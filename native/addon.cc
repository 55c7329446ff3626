// Registers the exports, nothing else.
#include <napi.h>

#include "binding/environment.h"
#include "binding/errors.h"
#include "binding/exports.h"
#include "blas/buffer_lease.h"
#ifdef GNVPRO_FAULTS
#include "faults/faults.h"
#endif

static Napi::Object init(Napi::Env env, Napi::Object exports) {
  using namespace gnvpro::binding;
  threadEnvironment = env;
#ifdef GNVPRO_FAULTS
  gnvpro::faults::armFromEnvironment();
#endif
  gnvpro::blas::prepareFirstBuffer();
  return guarded(env, [&] {
    exportInfo(env, exports);
    exportJobs(env, exports);
    exportProgram(env, exports);
    exportPredict(env, exports);
    exportObjective(env, exports);
    exportPoint(env, exports);
    exportElementwise(env, exports);
    exportBanded(env, exports);
    exportLinalg(env, exports);
#ifdef GNVPRO_FAULTS
    gnvpro::faults::exportFaults(env, exports);
#endif
    return exports;
  });
}

NODE_API_MODULE(gnvpro, init)
