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

double meanFactor(const Windows& w) { return 1.0 / static_cast<double>(w.area()); }

/** `pool(windows, image, run, sample's offset among the windows)` for each sample. */
template <auto pool, bool toImage>
Kernel prepare(const Program& program, int32_t id) {
  return [w = windowsOf(program.instructions[id].attributes)](const Run& run) {
    if (toImage) std::fill_n(run.out, run.size, 0.0);
    const int64_t image = w.size(), pooled = pooledSize(w);
    for (int64_t n = 0; n < run.rows; ++n) {
      pool(w, run.a + n * (toImage ? pooled : image), run.b + n * pooled, run.out + n * (toImage ? image : pooled));
    }
  };
}

void average(const Windows& w, const double* x, const double*, double* out) { windows::sums(w, meanFactor(w), x, out); }
void spreadAverage(const Windows& w, const double* u, const double*, double* out) {
  windows::addSums(w, meanFactor(w), u, out);
}
void findMaxima(const Windows& w, const double* x, const double*, double* out) { windows::maxima(w, x, out); }
void findPositions(const Windows& w, const double* x, const double*, double* out) { windows::positions(w, x, out); }
void pickAt(const Windows& w, const double* x, const double* at, double* out) { windows::pick(w, x, at, out); }
void spreadAt(const Windows& w, const double* u, const double* at, double* out) { windows::addPicked(w, u, at, out); }

/** Of an entry of the result. */
double pooledFlops(const Program&, const Instruction& instruction) {
  return static_cast<double>(windowsOf(instruction.attributes).area());
}
double spreadFlops(const Program&, const Instruction& instruction) {
  const Windows w = windowsOf(instruction.attributes);
  return static_cast<double>(w.area()) * static_cast<double>(pooledSize(w)) / static_cast<double>(w.size());
}

template <auto pool>
constexpr Operation pooled(const char* name, int32_t operands) {
  return {.name = name,
          .operands = operands,
          .attributes = kWindowAttributes,
          .check = checkPooled,
          .prepare = prepare<pool, false>,
          .flops = pooledFlops};
}

template <auto spread>
constexpr Operation spreading(const char* name, int32_t operands) {
  return {.name = name,
          .operands = operands,
          .attributes = kWindowAttributes,
          .check = checkSpread,
          .prepare = prepare<spread, true>,
          .flops = spreadFlops};
}

}  // namespace

const Operation averagePool = pooled<average>("averagePool", 1);
const Operation averagePoolToInput = spreading<spreadAverage>("averagePoolToInput", 1);
const Operation maxPool = pooled<findMaxima>("maxPool", 1);
const Operation maxPositions = pooled<findPositions>("maxPositions", 1);
const Operation pickPositions = pooled<pickAt>("pickPositions", 2);
const Operation spreadPositions = spreading<spreadAt>("spreadPositions", 2);

}  // namespace gnvpro::operation
