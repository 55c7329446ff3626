#include "binding/file_rows.h"

#include <algorithm>
#include <string>
#include <utility>

#include "binding/arguments.h"
#include "binding/errors.h"
#include "program/program.h"

namespace gnvpro::binding {
namespace {

constexpr int64_t kMost = int64_t{1} << 53;

std::vector<double> numbersOf(const Napi::Object& config, const char* key) {
  const Napi::Value value = config.Get(key);
  return isMissing(value) ? std::vector<double>() : copied(float64Array(value, key));
}

std::vector<int32_t> columnsOf(const Napi::Value& value, int64_t fileColumns) {
  if (isMissing(value)) return {};
  const std::span<int32_t> columns = int32Array(value, "columns");
  std::vector<int32_t> result(columns.begin(), columns.end());
  const bool inside = std::all_of(result.begin(), result.end(), [&](int32_t j) { return j >= 0 && j < fileColumns; });
  if (!inside || result.empty()) throw ArgumentError("Expected columns that the file has.");
  return result;
}

/** In place where they lie on shared memory. */
std::span<const int32_t> listOf(const Napi::Value& value, int64_t rows, std::vector<Napi::ObjectReference>& kept) {
  if (isMissing(value)) return {};
  const std::span<int32_t> list = int32Array(value, "list", rows);
  if (!isShared(value)) throw ArgumentError("Expected rows on shared memory for list.");
  if (!std::is_sorted(list.begin(), list.end()) || list.front() < 0)
    throw ArgumentError("Expected rows that rise for list.");
  kept.push_back(Napi::Persistent(value.As<Napi::Object>()));
  return list;
}

FileRowsOptions readOptions(const Napi::Object& config, int64_t rows, std::vector<Napi::ObjectReference>& kept) {
  FileRowsOptions options{};
  options.dataStart = integer(config.Get("dataStart"), "dataStart", 0, kMost);
  options.storage = oneOf<Storage>(config.Get("storage"), "storage",
                                   {{"b1", Storage::b1},
                                    {"i1", Storage::i1},
                                    {"u1", Storage::u1},
                                    {"i2", Storage::i2},
                                    {"u2", Storage::u2},
                                    {"i4", Storage::i4},
                                    {"u4", Storage::u4},
                                    {"i8", Storage::i8},
                                    {"u8", Storage::u8},
                                    {"f4", Storage::f4},
                                    {"f8", Storage::f8}});
  options.fileColumns = integer(config.Get("fileColumns"), "fileColumns", 1, kMost);
  options.columns = columnsOf(config.Get("columns"), options.fileColumns);
  options.first = integer(config.Get("first"), "first", 0, kMost);
  options.list = listOf(config.Get("list"), rows, kept);
  options.factor = number(config.Get("factor"), "factor");
  options.classes = numbersOf(config, "classes");
  options.areShares = boolean(config.Get("areShares"), "areShares");
  options.shift = numbersOf(config, "shift");
  options.scale = numbersOf(config, "scale");
  options.unit = number(config.Get("unit"), "unit");
  options.smoothing = number(config.Get("smoothing"), "smoothing");
  return options;
}

}  // namespace

bool isFileRows(const Napi::Value& value) {
  return value.IsObject() && !value.IsTypedArray() && value.As<Napi::Object>().Has("descriptor");
}

std::shared_ptr<FileRows> readFileRows(const Napi::Value& value, std::string_view name, int64_t rows, int64_t columns,
                                       int workers, std::vector<Napi::ObjectReference>& kept) {
  const Napi::Object config = object(value, name);
  const auto descriptor = static_cast<int>(integer(config.Get("descriptor"), "descriptor", 0, 1 << 30));
  std::string path = stringOf(config.Get("path"), "path");
  integer(config.Get("rows"), "rows", rows, rows);
  FileRowsOptions options = readOptions(config, rows, kept);
  const size_t scaled = options.shift.size();
  auto source = std::make_shared<FileRows>(descriptor, std::move(path), std::move(options), workers);
  const bool fits = source->columns() == columns && (scaled == 0 || scaled == static_cast<size_t>(columns));
  if (!fits) refuse(std::to_string(columns) + " columns", name, config.Get("fileColumns"));
  return source;
}

}  // namespace gnvpro::binding
