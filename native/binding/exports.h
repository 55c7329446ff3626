// What each file of this folder adds to the addon's exports.
#pragma once

#include <napi.h>

namespace gnvpro::binding {

void exportInfo(Napi::Env env, Napi::Object exports);
void exportJobs(Napi::Env env, Napi::Object exports);
void exportProgram(Napi::Env env, Napi::Object exports);
void exportPredict(Napi::Env env, Napi::Object exports);
void exportObjective(Napi::Env env, Napi::Object exports);
void exportPoint(Napi::Env env, Napi::Object exports);
void exportElementwise(Napi::Env env, Napi::Object exports);
void exportBanded(Napi::Env env, Napi::Object exports);
void exportLinalg(Napi::Env env, Napi::Object exports);

}  // namespace gnvpro::binding
