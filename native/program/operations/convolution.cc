// Convolutions of images with kernels, and their transposes: the windows of an image become the columns of a matrix, a
// part of them at a time, and products with the kernels are left to BLAS.
#include <algorithm>

#include "blas/blas.h"
#include "program/geometry.h"
#include "program/instruction_check.h"
#include "program/operation.h"

namespace gnvpro::operation {
namespace {

/** Of a matrix of windows: of the caches' size. Fewer columns make poor products, more leave the cache. */
constexpr int64_t kPatches = 64 * 1024;
constexpr int64_t kLeastColumns = 64;

const Value& operandOf(const Program& program, const Instruction& instruction, size_t i) {
  return program.values[instruction.operands[i]];
}

void checkImages(const InstructionCheck& check, const Value& x, const Convolution& c) {
  if (!x.samples || x.cols != c.imageSize()) check.fail("has an image of another size: " + shapeOf(x));
}

void checkKernels(const InstructionCheck& check, const Value& K, const Convolution& c) {
  if (K.samples || K.cols != c.taps() || K.rows < 1 || K.rows % c.groups != 0) {
    check.fail("has kernels of another shape: " + shapeOf(K));
  }
}

void checkForward(const InstructionCheck& check) {
  const Convolution c = checkConvolution(check);
  if (check.operands() % 2 != 0) check.fail("has an image without kernels");
  for (size_t i = 0; i < check.operands(); i += 2) {
    checkImages(check, check.operand(i), c);
    checkKernels(check, check.operand(i + 1), c);
    if (check.operand(i + 1).rows != check.operand(1).rows) check.fail("has terms with different numbers of kernels");
  }
  check.expectSamples(true, check.operand(1).rows * c.windows.pixels());
}

void checkToInput(const InstructionCheck& check) {
  const Convolution c = checkConvolution(check);
  const Value &u = check.operand(0), &K = check.operand(1);
  checkKernels(check, K, c);
  if (!u.samples || u.cols != K.rows * c.windows.pixels()) check.fail("has a cotangent of another size: " + shapeOf(u));
  check.expectSamples(true, c.imageSize());
}

void checkToKernel(const InstructionCheck& check) {
  const Convolution c = checkConvolution(check);
  const Value &x = check.operand(0), &u = check.operand(1);
  checkImages(check, x, c);
  const int64_t pixels = c.windows.pixels();
  if (!u.samples || u.cols < 1 || u.cols % (pixels * c.groups) != 0) {
    check.fail("has a cotangent of another size: " + shapeOf(u));
  }
  const int32_t bySample = check.attribute(Convolution::kAttributes);
  if (bySample != 0 && bySample != 1) check.fail("has a flag that is neither 0 nor 1");
  const int64_t filters = u.cols / pixels;
  bySample == 1 ? check.expectSamples(true, filters * c.taps()) : check.expectFixed(filters, c.taps());
}

/** What the three kernels share: the geometry, and how it is worked off. `T` is the type of the numbers. */
template <typename T>
struct Work {
  Convolution c;
  int64_t filters;
  int64_t pixels = c.windows.pixels(), taps = c.taps(), image = c.imageSize(), out = filters * pixels;
  /** Channels and filters of a group. */
  int64_t channels = c.windows.channels / c.groups, share = filters / c.groups;
  /** Windows at a time. */
  int64_t columns = std::min(pixels, std::max(kPatches / taps, kLeastColumns));

  /** The image with its border, then the matrix of windows. */
  int64_t bordered() const { return c.border.empty() ? 0 : c.windows.size(); }
  int64_t matrix() const { return c.isPointwise() ? 0 : taps * columns; }
  int64_t scratch() const { return bordered() + matrix(); }

  /** With its border, in scratch memory where it has one. */
  const T* surrounded(const T* x, T* scratch) const {
    if (c.border.empty()) return x;
    windows::surround(c.windows, c.border, x, scratch);
    return scratch;
  }

  /** `visit(group, first window, count)` for all parts of a sample. */
  template <typename Visit>
  void eachPart(Visit&& visit) const {
    for (int64_t g = 0; g < c.groups; ++g) {
      for (int64_t first = 0; first < pixels; first += columns) visit(g, first, std::min(columns, pixels - first));
    }
  }

  /** The windows of a group, a row for each weight, and how far its rows are apart. */
  std::pair<const T*, int64_t> windowsOf(const T* x, int64_t group, int64_t first, int64_t count, T* scratch) const {
    const T* ofGroup = x + group * channels * c.windows.height * c.windows.width;
    if (c.isPointwise()) return {ofGroup + first, pixels};
    windows::patches(c.windows, channels, first, count, ofGroup, scratch);
    return {scratch, count};
  }
};

int64_t filtersOf(const Program& program, const Instruction& instruction) {
  return operandOf(program, instruction, 1).rows;
}

template <typename T>
struct Forward {
  Work<T> work;
  std::vector<std::pair<int32_t, int32_t>> terms;  // the values of images and kernels

  void operator()(const Run<T>& run) const {
    for (int64_t n = 0; n < run.rows; ++n) {
      bool add = false;
      for (const auto& [x, K] : terms) {
        term(run.values[x] + n * work.image, run.values[K], add, run.out + n * work.out, run.scratch);
        add = true;
      }
    }
  }

  void term(const T* x, const T* K, bool add, T* out, T* scratch) const {
    const int64_t pixels = work.pixels, taps = work.taps, share = work.share;
    const T* bordered = work.surrounded(x, scratch);
    work.eachPart([&](int64_t g, int64_t first, int64_t count) {
      const auto [matrix, distance] = work.windowsOf(bordered, g, first, count, scratch + work.bordered());
      blas::gemm(false, false, share, count, taps, 1, K + g * share * taps, taps, matrix, distance, add ? 1 : 0,
                 out + g * share * pixels + first, pixels);
    });
  }
};

template <typename T>
struct ToInput {
  Work<T> work;

  void operator()(const Run<T>& run) const {
    for (int64_t n = 0; n < run.rows; ++n) {
      sample(run.a + n * work.out, run.b, run.out + n * work.image, run.scratch);
    }
  }

  void sample(const T* u, const T* K, T* out, T* scratch) const {
    const auto& c = work.c;
    const int64_t pixels = work.pixels, taps = work.taps, share = work.share;
    T* bordered = c.border.empty() ? out : scratch;
    T* matrix = scratch + work.bordered();
    if (!c.isPointwise()) std::fill_n(bordered, c.windows.size(), T{0});
    work.eachPart([&](int64_t g, int64_t first, int64_t count) {
      T* ofGroup = bordered + g * work.channels * c.windows.height * c.windows.width;
      const auto [to, distance] = c.isPointwise() ? std::pair{ofGroup + first, pixels} : std::pair{matrix, count};
      blas::gemm(true, false, taps, count, share, 1, K + g * share * taps, taps, u + g * share * pixels + first, pixels,
                 0, to, distance);
      if (!c.isPointwise()) windows::addPatches(c.windows, work.channels, first, count, matrix, ofGroup);
    });
    if (c.border.empty()) return;
    std::fill_n(out, work.image, T{0});
    windows::fold(c.windows, c.border, bordered, out);
  }
};

template <typename T>
struct ToKernel {
  Work<T> work;
  bool bySample;

  void operator()(const Run<T>& run) const {
    const int64_t size = work.filters * work.taps;
    if (run.rows == 0 && !bySample && !run.accumulate) std::fill_n(run.out, size, T{0});
    for (int64_t n = 0; n < run.rows; ++n) {
      const bool add = !bySample && (n > 0 || run.accumulate);
      sample(run.a + n * work.image, run.b + n * work.out, add, run.out + (bySample ? n * size : 0), run.scratch);
    }
  }

  void sample(const T* x, const T* u, bool add, T* out, T* scratch) const {
    const int64_t pixels = work.pixels, taps = work.taps, share = work.share;
    const T* bordered = work.surrounded(x, scratch);
    work.eachPart([&](int64_t g, int64_t first, int64_t count) {
      const auto [matrix, distance] = work.windowsOf(bordered, g, first, count, scratch + work.bordered());
      blas::gemm(false, true, share, taps, count, 1, u + g * share * pixels + first, pixels, matrix, distance,
                 add || first > 0 ? 1 : 0, out + g * share * taps, taps);
    });
  }
};

template <typename T>
Work<T> forwardWork(const Program& program, const Instruction& instruction) {
  return {.c = Convolution(instruction.attributes), .filters = filtersOf(program, instruction)};
}

template <typename T>
Work<T> kernelWork(const Program& program, const Instruction& instruction) {
  const Convolution c(instruction.attributes);
  return {.c = c, .filters = operandOf(program, instruction, 1).cols / c.windows.pixels()};
}

template <typename T>
Kernel<T> prepareForward(const Program& program, int32_t id) {
  const Instruction& instruction = program.instructions[id];
  std::vector<std::pair<int32_t, int32_t>> terms;
  for (size_t i = 0; i < instruction.operands.size(); i += 2) {
    terms.emplace_back(instruction.operands[i], instruction.operands[i + 1]);
  }
  return Forward<T>{.work = forwardWork<T>(program, instruction), .terms = std::move(terms)};
}

template <typename T>
Kernel<T> prepareToInput(const Program& program, int32_t id) {
  return ToInput<T>{forwardWork<T>(program, program.instructions[id])};
}

template <typename T>
Kernel<T> prepareToKernel(const Program& program, int32_t id) {
  const Instruction& instruction = program.instructions[id];
  return ToKernel<T>{.work = kernelWork<T>(program, instruction),
                     .bySample = instruction.attributes[Convolution::kAttributes] == 1};
}

/** In numbers of any type. */
template <Work<double> (*work)(const Program&, const Instruction&)>
int64_t scratchOf(const Program& program, const Instruction& instruction) {
  return work(program, instruction).scratch();
}

/** Of an entry of the result: all together are two for each weight and pixel of the windows' image. */
double forwardFlops(const Program&, const Instruction& instruction) {
  return static_cast<double>(instruction.operands.size()) *
         static_cast<double>(Convolution(instruction.attributes).taps());
}

double toInputFlops(const Program& program, const Instruction& instruction) {
  const Work<double> work = forwardWork<double>(program, instruction);
  return 2.0 * static_cast<double>(work.out) * static_cast<double>(work.taps) / static_cast<double>(work.image);
}

double toKernelFlops(const Program&, const Instruction& instruction) {
  return 2.0 * static_cast<double>(Convolution(instruction.attributes).windows.pixels());
}

}  // namespace

const Operation conv2d = {.name = "conv2d",
                          .operands = Operation::kAny,
                          .attributes = Convolution::kAttributes,
                          .check = checkForward,
                          .prepare = {prepareForward<double>, prepareForward<float>},
                          .flops = forwardFlops,
                          .scratch = scratchOf<forwardWork<double>>};

const Operation conv2dToInput = {.name = "conv2dToInput",
                                 .operands = 2,
                                 .attributes = Convolution::kAttributes,
                                 .check = checkToInput,
                                 .prepare = {prepareToInput<double>, prepareToInput<float>},
                                 .flops = toInputFlops,
                                 .scratch = scratchOf<forwardWork<double>>};

const Operation conv2dToKernel = {.name = "conv2dToKernel",
                                  .operands = 2,
                                  .attributes = Convolution::kAttributes + 1,
                                  .check = checkToKernel,
                                  .prepare = {prepareToKernel<double>, prepareToKernel<float>},
                                  .flops = toKernelFlops,
                                  .scratch = scratchOf<kernelWork<double>>};

}  // namespace gnvpro::operation
