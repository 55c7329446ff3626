// Every failure reaches JavaScript as an Error with a stable `code`; nothing else ever crosses the border.
#pragma once

#include <napi.h>

#include <cstdio>
#include <exception>
#include <new>
#include <stdexcept>
#include <string>
#include <utility>

#include "blas/blas.h"
#include "blas/buffer_lease.h"
#include "files/file_rows.h"
#include "parallel/cancel.h"
#include "program/program.h"

namespace gnvpro::binding {

/** A failure that already knows its code: ERR_BUSY, ERR_STATE, ERR_DISPOSED, … */
class CodedError : public std::runtime_error {
 public:
  CodedError(const char* code, const std::string& message) : std::runtime_error(message), code(code) {}
  const char* code;
};

/** Misuse by the caller: a JavaScript TypeError with code ERR_ARGUMENT. */
class ArgumentError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

inline Napi::Error withCode(Napi::Env env, Napi::Error error, const char* code) {
  error.Set("code", Napi::String::New(env, code));
  return error;
}

/** Takes no memory of ours, so that it can tell that there is none. */
inline Napi::Error makeError(Napi::Env env, const char* code, const char* message) {
  return withCode(env, Napi::Error::New(env, message), code);
}

inline Napi::Error makeMemoryError(Napi::Env env) {
  return makeError(env, "ERR_MEMORY", "There is not enough memory for this operation.");
}

inline Napi::Error makeLapackError(Napi::Env env, const blas::LapackError& failure) {
  Napi::Error error = makeError(env, "ERR_LAPACK", failure.what());
  error.Set("routine", Napi::String::New(env, failure.routine));
  error.Set("info", Napi::Number::New(env, failure.info));
  return error;
}

/** The JavaScript error of any C++ exception; call on the JavaScript thread only. */
inline Napi::Error toError(Napi::Env env, const std::exception_ptr& failure) {
  try {
    std::rethrow_exception(failure);
  } catch (const Napi::Error& error) {
    return error;
  } catch (const ArgumentError& error) {
    return withCode(env, Napi::TypeError::New(env, error.what()), "ERR_ARGUMENT");
  } catch (const CodedError& error) {
    return makeError(env, error.code, error.what());
  } catch (const FileError& error) {
    return makeError(env, error.code, error.what());
  } catch (const ProgramError& error) {
    return makeError(env, "ERR_PROGRAM", error.what());
  } catch (const blas::LapackError& error) {
    return makeLapackError(env, error);
  } catch (const Aborted& error) {
    return makeError(env, "ERR_ABORTED", error.what());
  } catch (const blas::NoBuffer& error) {
    return makeError(env, "ERR_MEMORY", error.what());
  } catch (const std::bad_alloc&) {
    return makeMemoryError(env);
  } catch (const std::length_error&) {  // a vector larger than the address space
    return makeMemoryError(env);
  } catch (const std::exception& error) {
    char message[256];
    std::snprintf(message, sizeof message, "An internal error occurred: %s.", error.what());
    return makeError(env, "ERR_INTERNAL", message);
  } catch (...) {
    return makeError(env, "ERR_INTERNAL", "An unknown internal error occurred.");
  }
}

/** Runs the body of an exported function; whatever it throws becomes a JavaScript error with a code. */
template <typename Body>
auto guarded(Napi::Env env, Body&& body) -> decltype(body()) {
  try {
    return std::forward<Body>(body)();
  } catch (...) {
    throw toError(env, std::current_exception());
  }
}

/** The function of Node-API that runs `body`: what fails before it (memory for many arguments) gets its code too. */
template <Napi::Value (*body)(const Napi::CallbackInfo&)>
napi_value callback(napi_env env, napi_callback_info info) {
  try {
    return guarded(env, [&] { return body(Napi::CallbackInfo(env, info)); });
  } catch (const Napi::Error& error) {
    error.ThrowAsJavaScriptException();
    return nullptr;
  }
}

template <Napi::Value (*body)(const Napi::CallbackInfo&)>
Napi::Function newFunction(Napi::Env env, const char* name) {
  napi_value function = nullptr;
  const napi_status status = napi_create_function(env, name, NAPI_AUTO_LENGTH, callback<body>, nullptr, &function);
  if (status != napi_ok) throw Napi::Error::New(env);
  return {env, function};
}

}  // namespace gnvpro::binding
