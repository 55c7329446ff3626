#include "files/file_rows.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <bit>
#include <cerrno>
#include <cmath>
#include <cstring>
#include <limits>
#include <sstream>
#include <utility>

namespace gnvpro {
namespace {

constexpr int64_t kMostBytes = 1 << 20;    // of one read, but for a single longer row
constexpr int64_t kMostBetween = 1 << 14;  // bytes between two rows that are read along, to save a call

FileError unreadable(const std::string& path, const char* why) {
  return {"ERR_DATA_FILE", path + " cannot be read: " + why + "."};
}

template <typename T>
T loaded(const char* at) {
  char bytes[sizeof(T)];
  std::memcpy(bytes, at, sizeof(T));
  if constexpr (std::endian::native == std::endian::big) std::reverse(bytes, bytes + sizeof(T));
  return std::bit_cast<T>(bytes);
}

/** NaN for a whole number that a double does not hold. */
template <typename T>
double numberOf(T x) {
  const auto number = static_cast<double>(x);
  if constexpr (sizeof(T) == 8 && std::numeric_limits<T>::is_integer) {
    const double end = std::ldexp(1.0, std::numeric_limits<T>::digits);  // the first that T does not hold
    if (number >= end || static_cast<T>(number) != x) return std::numeric_limits<double>::quiet_NaN();
  }
  return number;
}

/** Numbers that lie one after the other, or those of some columns. */
template <typename T>
void decode(const char* from, const std::vector<int32_t>& columns, int64_t count, double* out) {
  if (columns.empty()) {
    for (int64_t i = 0; i < count; ++i) out[i] = numberOf(loaded<T>(from + i * static_cast<int64_t>(sizeof(T))));
  } else {
    for (int64_t i = 0; i < count; ++i) out[i] = numberOf(loaded<T>(from + columns[i] * sizeof(T)));
  }
}

struct Type {
  int64_t bytes;
  void (*decode)(const char* from, const std::vector<int32_t>& columns, int64_t count, double* out);
};

void decodeFlags(const char* from, const std::vector<int32_t>& columns, int64_t count, double* out) {
  decode<uint8_t>(from, columns, count, out);
  for (int64_t i = 0; i < count; ++i) out[i] = out[i] != 0 ? 1 : 0;
}

/** In the order of Storage. */
constexpr Type kTypes[] = {{1, decodeFlags},      {1, decode<int8_t>},  {1, decode<uint8_t>},  {2, decode<int16_t>},
                           {2, decode<uint16_t>}, {4, decode<int32_t>}, {4, decode<uint32_t>}, {8, decode<int64_t>},
                           {8, decode<uint64_t>}, {4, decode<float>},   {8, decode<double>}};

const Type& typeOf(Storage storage) { return kTypes[static_cast<size_t>(storage)]; }

bool isSame(const struct stat& a, const struct stat& b) {
#ifdef __APPLE__
  const timespec &x = a.st_mtimespec, &y = b.st_mtimespec;
#else
  const timespec &x = a.st_mtim, &y = b.st_mtim;
#endif
  return a.st_size == b.st_size && x.tv_sec == y.tv_sec && x.tv_nsec == y.tv_nsec;
}

}  // namespace

OpenFile::OpenFile(int descriptor, std::string path)
    : descriptor_(fcntl(descriptor, F_DUPFD_CLOEXEC, 0)), path_(std::move(path)) {
  if (descriptor_ >= 0 && fstat(descriptor_, &before_) == 0) return;
  const int reason = errno;
  if (descriptor_ >= 0) close(descriptor_);
  throw unreadable(path_, std::strerror(reason));
}

OpenFile::~OpenFile() { close(descriptor_); }

void OpenFile::read(char* into, int64_t bytes, int64_t position) const {
  while (bytes > 0) {
    const ssize_t count = pread(descriptor_, into, static_cast<size_t>(bytes), position);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) throw unreadable(path_, std::strerror(errno));
    if (count == 0) throw FileError("ERR_DATA_FILE", path_ + " became shorter while it was read.");
    into += count;
    bytes -= count;
    position += count;
  }
}

void OpenFile::check() const {
  struct stat now = {};
  if (fstat(descriptor_, &now) != 0) throw unreadable(path_, std::strerror(errno));
  if (isSame(before_, now)) return;
  throw FileError("ERR_DATA_FILE", path_ + " is not as it was when it was opened: it was changed meanwhile.");
}

FileRows::FileRows(int descriptor, std::string path, FileRowsOptions options, int workers)
    : file_(descriptor, std::move(path)), options_(std::move(options)), scratch_(workers) {}

int64_t FileRows::storedColumns() const {
  return options_.columns.empty() ? options_.fileColumns : static_cast<int64_t>(options_.columns.size());
}

int64_t FileRows::columns() const {
  return options_.classes.empty() ? storedColumns() : static_cast<int64_t>(options_.classes.size());
}

const double* FileRows::rows(int64_t begin, int64_t count, int worker) {
  Scratch& scratch = scratch_[worker];
  if (count > 0 && scratch.begin == begin && scratch.count == count) {
    file_.check();
    return scratch.numbers.data();
  }
  scratch.count = 0;  // until all have been read
  const auto grow = [](std::vector<double>& numbers, int64_t size) {
    if (static_cast<int64_t>(numbers.size()) < size) numbers.resize(size);
    return numbers.data();
  };
  double* numbers = grow(scratch.numbers, count * columns());
  const bool areLabels = !options_.classes.empty();
  double* stored = areLabels ? grow(scratch.stored, count * storedColumns()) : numbers;
  readStored(begin, count, scratch, stored);
  checkFinite(begin, stored, count * storedColumns());
  if (options_.factor != 1) {
    for (int64_t i = 0; i < count * storedColumns(); ++i) stored[i] *= options_.factor;
  }
  if (areLabels) spreadLabels(begin, scratch.stored, count, numbers);
  convert(numbers, count);
  scratch.begin = begin;
  scratch.count = count;
  return numbers;
}

/** Rows that are near each other come by one call of the system. */
int64_t FileRows::endOfSpan(int64_t begin, int64_t end) const {
  const int64_t rowBytes = options_.fileColumns * typeOf(options_.storage).bytes;
  if (options_.list.empty()) return std::min(end, begin + std::max<int64_t>(1, kMostBytes / rowBytes));
  int64_t next = begin + 1;
  for (const int64_t first = rowOf(begin); next < end; ++next) {
    const int64_t row = rowOf(next), between = row - rowOf(next - 1) - 1;
    if ((row + 1 - first) * rowBytes > kMostBytes || between * rowBytes > kMostBetween) break;
  }
  return next;
}

void FileRows::readStored(int64_t begin, int64_t count, Scratch& scratch, double* out) const {
  const Type& type = typeOf(options_.storage);
  const int64_t rowBytes = options_.fileColumns * type.bytes, columns = storedColumns(), end = begin + count;
  const bool isWhole = options_.columns.empty() && options_.list.empty();
  for (int64_t at = begin; at < end;) {
    const int64_t next = endOfSpan(at, end), first = rowOf(at);
    const int64_t bytes = (rowOf(next - 1) + 1 - first) * rowBytes;
    if (static_cast<int64_t>(scratch.bytes.size()) < bytes) scratch.bytes.resize(bytes);
    file_.read(scratch.bytes.data(), bytes, options_.dataStart + first * rowBytes);
    double* to = out + (at - begin) * columns;
    if (isWhole) type.decode(scratch.bytes.data(), options_.columns, (next - at) * columns, to);
    for (int64_t i = at; !isWhole && i < next; ++i) {
      type.decode(scratch.bytes.data() + (rowOf(i) - first) * rowBytes, options_.columns, columns,
                  to + (i - at) * columns);
    }
    at = next;
  }
  file_.check();
}

void FileRows::checkFinite(int64_t begin, const double* numbers, int64_t count) const {
  constexpr double kMost = std::numeric_limits<double>::max();
  int64_t defects = 0;
  for (int64_t i = 0; i < count; ++i) defects += !(std::abs(numbers[i]) <= kMost);
  if (defects == 0) return;
  const int64_t at = std::find_if(numbers, numbers + count, [](double x) { return !std::isfinite(x); }) - numbers;
  const int64_t column = at % storedColumns();
  std::ostringstream message;
  message << "Expected finite numbers in " << file_.path() << " but received " << numbers[at] << " in row "
          << rowOf(begin + at / storedColumns()) << ", column "
          << (options_.columns.empty() ? column : options_.columns[column]) << ".";
  throw FileError("ERR_NONFINITE", message.str());
}

void FileRows::spreadLabels(int64_t begin, const std::vector<double>& labels, int64_t count, double* out) const {
  const std::vector<double>& classes = options_.classes;
  const auto t = static_cast<int64_t>(classes.size());
  std::fill_n(out, count * t, 0.0);
  for (int64_t n = 0; n < count; ++n) {
    const int64_t j = std::find(classes.begin(), classes.end(), labels[n]) - classes.begin();
    if (j == t) {
      throw FileError("ERR_DATA_FILE", "Expected a known class in row " + std::to_string(rowOf(begin + n)) + " of " +
                                           file_.path() + " but received " + std::to_string(labels[n]) + ".");
    }
    out[n * t + j] = 1;
  }
}

/** Operation by operation what is done in memory, so that the bits are the same. */
void FileRows::convert(double* numbers, int64_t count) const {
  const auto& [shift, scale] = std::pair(options_.shift.data(), options_.scale.data());
  const int64_t t = columns();
  for (int64_t n = 0; options_.areShares && n < count; ++n) {
    double sum = 0;
    for (int64_t j = 0; j < t; ++j) sum += numbers[n * t + j];
    for (int64_t j = 0; j < t; ++j) numbers[n * t + j] /= sum;
  }
  for (int64_t n = 0; !options_.shift.empty() && n < count; ++n) {
    for (int64_t j = 0; j < t; ++j) numbers[n * t + j] = (numbers[n * t + j] - shift[j]) / scale[j];
  }
  const double inverse = 1 / options_.unit;  // a power of two: exact
  for (int64_t i = 0; inverse != 1 && i < count * t; ++i) numbers[i] *= inverse;
  const double epsilon = options_.smoothing;
  for (int64_t i = 0; epsilon > 0 && i < count * t; ++i) {
    numbers[i] = (1 - epsilon) * numbers[i] + epsilon / static_cast<double>(t);
  }
}

}  // namespace gnvpro
