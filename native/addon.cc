// Registers the exports, nothing else.
#include <napi.h>

#include "binding/errors.h"
#include "binding/exports.h"

static Napi::Object init(Napi::Env env, Napi::Object exports) {
  using namespace gnvpro::binding;
  exportInfo(env, exports);
  exportJobs(env, exports);
  exportProgram(env, exports);
  exportPredict(env, exports);
  exportSession(env, exports);
  exportElementwise(env, exports);
  exportBanded(env, exports);
  exportLinalg(env, exports);
  return exports;
}

NODE_API_MODULE(gnvpro, init)
