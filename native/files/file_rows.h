// Rows of a .npy file as numbers of samples: read tile by tile, converted on the way. lib/files/fileMatrix.ts in C++.
#pragma once

#include <sys/stat.h>

#include <cstdint>
#include <memory>
#include <span>
#include <stdexcept>
#include <string>
#include <vector>

#include "parallel/buffer.h"
#include "samples/sample_array.h"

namespace gnvpro {

/** A file that cannot be read, is not as it was, or holds what is no number. */
class FileError : public std::runtime_error {
 public:
  FileError(const char* code, const std::string& message) : std::runtime_error(message), code(code) {}
  const char* code;
};

/** How a file stores its numbers, little-endian. */
enum class Storage { b1, i1, u1, i2, u2, i4, u4, i8, u8, f4, f8 };

/** A descriptor of its own, and the file behind it as it was at first. */
class OpenFile {
 public:
  /** Duplicates `descriptor`. */
  OpenFile(int descriptor, std::string path);
  ~OpenFile();
  OpenFile(const OpenFile&) = delete;
  OpenFile& operator=(const OpenFile&) = delete;

  const std::string& path() const { return path_; }
  void read(char* into, int64_t bytes, int64_t position) const;
  /** Throws where the file has changed since it was opened. */
  void check() const;

 private:
  int descriptor_;
  std::string path_;
  struct stat before_ = {};
};

/** What is read, and what becomes of it, in this order. */
struct FileRowsOptions {
  int64_t dataStart;
  Storage storage;
  int64_t fileColumns;
  std::vector<int32_t> columns;   // that are read; empty for all
  int64_t first;                  // row in the file,
  std::span<const int32_t> list;  // or, where it is not empty, the rows, which rise
  double factor;
  std::vector<double> classes;       // of labels, each of which becomes a column; or empty
  bool areShares;                    // divided by the sum of their row
  std::vector<double> shift, scale;  // (x − shift)/scale; or empty
  double unit;                       // all are divided by it
  double smoothing;                  // (1 − ε) x + ε/t
};

class FileRows : public RowSource {
 public:
  FileRows(int descriptor, std::string path, FileRowsOptions options, int workers);

  int64_t columns() const;
  const double* rows(int64_t begin, int64_t count, int worker) override;

 private:
  /** Of one worker; it grows to the largest tile. Rows that are asked for again, by the next program, are not read
   * again. */
  struct Scratch {
    int64_t begin = 0, count = 0;
    std::vector<char> bytes;
    std::vector<double> stored, numbers;
  };

  int64_t storedColumns() const;
  int64_t rowOf(int64_t i) const { return options_.list.empty() ? options_.first + i : options_.list[i]; }
  int64_t endOfSpan(int64_t begin, int64_t end) const;
  void readStored(int64_t begin, int64_t count, Scratch& scratch, double* out) const;
  void checkFinite(int64_t begin, const double* numbers, int64_t count) const;
  void spreadLabels(int64_t begin, const std::vector<double>& labels, int64_t count, double* out) const;
  void convert(double* numbers, int64_t count) const;

  OpenFile file_;
  FileRowsOptions options_;
  std::vector<Scratch> scratch_;  // by worker
};

}  // namespace gnvpro
