// The JavaScript handle of a verified program.
#pragma once

#include <napi.h>

#include <memory>
#include <string_view>

#include "program/program.h"

namespace gnvpro::binding {

/** The program behind a handle; refuses every other value. Shared: it may outlive the handle. */
std::shared_ptr<const Program> programOf(const Napi::Value& value, std::string_view name);

/** How many threads a call may ask for. */
inline constexpr int kMaxThreads = 256;
/** How many samples: their count times any number of columns fits 64 bits. */
inline constexpr int64_t kMaxSamples = int64_t{1} << 32;

}  // namespace gnvpro::binding
