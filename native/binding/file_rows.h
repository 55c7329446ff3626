// Rows of files, as JavaScript describes them (lib/files/fileMatrix.ts).
#pragma once

#include <napi.h>

#include <memory>
#include <string_view>
#include <vector>

#include "files/file_rows.h"

namespace gnvpro::binding {

/** Whether a value describes rows of a file, and is no array. */
bool isFileRows(const Napi::Value& value);

/** Throws unless they are `rows` × `columns`. `kept`: what they read in place. */
std::shared_ptr<FileRows> readFileRows(const Napi::Value& value, std::string_view name, int64_t rows, int64_t columns,
                                       int workers, std::vector<Napi::ObjectReference>& kept);

}  // namespace gnvpro::binding
