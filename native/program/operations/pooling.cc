// What becomes of the windows of an image, channel by channel: their means, and their greatest entries.
#include <algorithm>

#include "program/geometry.h"
#include "program/instruction_check.h"
#include "program/operation.h"

namespace gnvpro::operation {
namespace {

using windows::Windows;

int64_t pooledSize(const Windows& w) { return w.channels * w.pixels(); }

/** The operands in `images` are images, all others have an entry for each window. */
void checkPool(const InstructionCheck& check, bool fromImage, bool toImage) {
  const Windows w = checkWindows(check);
  for (size_t i = 0; i < check.operands(); ++i) {
    const Value& value = check.operand(i);
    const int64_t size = fromImage && i == 0 ? w.size() : pooledSize(w);
    if (!value.samples || value.cols != size) check.fail("has an operand of another size: " + shapeOf(value));
  }
  check.expectSamples(true, toImage ? w.size() : pooledSize(w));
}

void checkPooled(const InstructionCheck& check) { checkPool(check, true, false); }
void checkSpread(const InstructionCheck& check) { checkPool(check, false, true); }

template <typename T>
T meanFactor(const Windows& w) {
  return static_cast<T>(1.0 / static_cast<double>(w.area()));
}

// What is done to a sample: `run(windows, image or cotangent, positions, out)`.

struct Average {
  template <typename T>
  static void run(const Windows& w, const T* x, const T*, T* out) {
    windows::sums(w, meanFactor<T>(w), x, out);
  }
};
struct SpreadAverage {
  template <typename T>
  static void run(const Windows& w, const T* u, const T*, T* out) {
    windows::addSums(w, meanFactor<T>(w), u, out);
  }
};
struct FindMaxima {
  template <typename T>
  static void run(const Windows& w, const T* x, const T*, T* out) {
    windows::maxima(w, x, out);
  }
};
struct FindPositions {
  template <typename T>
  static void run(const Windows& w, const T* x, const T*, T* out) {
    windows::positions(w, x, out);
  }
};
struct PickAt {
  template <typename T>
  static void run(const Windows& w, const T* x, const T* at, T* out) {
    windows::pick(w, x, at, out);
  }
};
struct SpreadAt {
  template <typename T>
  static void run(const Windows& w, const T* u, const T* at, T* out) {
    windows::addPicked(w, u, at, out);
  }
};

template <typename T, typename Pool, bool toImage>
Kernel<T> prepare(const Program& program, int32_t id) {
  return [w = windowsOf(program.instructions[id].attributes)](const Run<T>& run) {
    if (toImage) std::fill_n(run.out, run.size, T{0});
    const int64_t image = w.size(), pooled = pooledSize(w);
    for (int64_t n = 0; n < run.rows; ++n) {
      Pool::run(w, run.a + n * (toImage ? pooled : image), run.b + n * pooled,
                run.out + n * (toImage ? image : pooled));
    }
  };
}

/** Of an entry of the result. */
double pooledFlops(const Program&, const Instruction& instruction) {
  return static_cast<double>(windowsOf(instruction.attributes).area());
}
double spreadFlops(const Program&, const Instruction& instruction) {
  const Windows w = windowsOf(instruction.attributes);
  return static_cast<double>(w.area()) * static_cast<double>(pooledSize(w)) / static_cast<double>(w.size());
}

template <typename Pool>
constexpr Operation pooled(const char* name, int32_t operands) {
  return {.name = name,
          .operands = operands,
          .attributes = kWindowAttributes,
          .check = checkPooled,
          .prepare = {prepare<double, Pool, false>, prepare<float, Pool, false>},
          .flops = pooledFlops};
}

template <typename Spread>
constexpr Operation spreading(const char* name, int32_t operands) {
  return {.name = name,
          .operands = operands,
          .attributes = kWindowAttributes,
          .check = checkSpread,
          .prepare = {prepare<double, Spread, true>, prepare<float, Spread, true>},
          .flops = spreadFlops};
}

}  // namespace

const Operation averagePool = pooled<Average>("averagePool", 1);
const Operation averagePoolToInput = spreading<SpreadAverage>("averagePoolToInput", 1);
const Operation maxPool = pooled<FindMaxima>("maxPool", 1);
const Operation maxPositions = pooled<FindPositions>("maxPositions", 1);
const Operation pickPositions = pooled<PickAt>("pickPositions", 2);
const Operation spreadPositions = spreading<SpreadAt>("spreadPositions", 2);

}  // namespace gnvpro::operation
