// Runs a verified program over tiles of samples.
#pragma once

#include <cstdint>
#include <functional>
#include <type_traits>
#include <vector>

#include "kernels/ahead.h"
#include "parallel/buffer.h"
#include "parallel/cancel.h"
#include "parallel/pool.h"
#include "program/operation.h"
#include "program/program.h"
#include "samples/reduction.h"
#include "samples/sample_array.h"

namespace gnvpro {

/** One instruction, resolved to its kernel and where its arrays stand, so that running it looks nothing up but
 * pointers. */
template <typename T>
class Step {
 public:
  Step(const Program& program, int32_t id);

  /**
   * Runs on the arrays of `values` (by value id). `rows`: samples in this tile. `accumulate`: a sum over samples adds
   * to what its accumulator holds; other instructions ignore it. Products fetch what is `ahead`. `scratch`: what the
   * operation asks for.
   */
  void run(T* const* values, int64_t rows, bool accumulate, Ahead<T>* ahead = nullptr, T* scratch = nullptr) const;

 private:
  Kernel<T> kernel_;
  bool samples_;         // the result has a row for each sample
  bool sums_;            // the result is a sum over samples
  int32_t out_, a_, b_;  // values; a and b 0 where there are no such operands
  int64_t rows_, cols_;  // of the result
};

/** Where a run reads and writes: arrays of samples are N × columns, or come and go by tiles. */
template <typename T>
struct Bindings {
  std::vector<SampleArray<T>> sampleInputs;
  std::vector<const double*> vectorInputs;
  std::vector<SampleOutput<T>> sampleOutputs;
  std::vector<double*> vectorOutputs;
};

/** Called for each tile by the worker that runs it, before or after the program's own instructions on that tile. */
using TileHook = std::function<void(const Tile& tile, const Place& place)>;

/**
 * A program with the scratch memory to run it. Not for concurrent use; one per program and objective. Values of samples
 * are numbers of type T; fixed values, which are few, are doubles, of which a tile of floats sees the nearest floats,
 * and sums over samples are doubles but for those over a block of floats. The tiling is given (shared by all programs
 * of an objective, whose other sums are over the same tiles). Program, tiling and pool must outlive the executor.
 */
template <typename T>
class Executor {
 public:
  Executor(const Program& program, const Tiling& tiling, Pool& pool);

  /**
   * Whole run. `before` may fill sample inputs of the tile (e.g. a cotangent); `after` may consume sample outputs.
   * `cancel`, if given, is polled at every tile; outputs are undefined after it has thrown.
   * Nothing is allocated, and the results have the same bits for any number of threads.
   */
  void run(const Bindings<T>& bindings, const TileHook& before = nullptr, const TileHook& after = nullptr,
           const Cancel* cancel = nullptr);

  /** The parts of `run`, for several programs that run on a tile one after the other: the tiles in between, in order.
   */
  void begin(const Bindings<T>& bindings);
  void runTile(const Bindings<T>& bindings, const Tile& tile, const Place& place);
  void finish(const Bindings<T>& bindings);

  const Program& program() const { return program_; }
  const Tiling& tiling() const { return tiling_; }
  /** Of scratch. */
  int64_t memoryBytes() const;

 private:
  /** A samples value that lives in a bound array, or is copied to one. */
  struct BoundArray {
    int32_t value;
    int32_t array;
    int64_t cols;
  };
  struct VectorSlice {
    int32_t value;
    int32_t vector;
    int64_t offset;
  };
  struct Sum {
    int32_t value;
    int64_t offset;  // among all sums
    int64_t size;
  };
  /** A fixed value that tiles read, rounded. */
  struct Rounded {
    int32_t value;
    int64_t offset;
    int64_t size;
  };
  /** The scratch of one thread. */
  struct Worker {
    BufferOf<T> slots;
    BufferOf<T> scratch;     // of the instruction that runs
    BufferOf<T> sums;        // of a block, where they are no doubles
    std::vector<T*> values;  // by value id, on the current tile
    Ahead<T> ahead;
  };

  void addValue(int32_t id, int64_t& fixedSize);
  void placeFixedValues();
  void addWorkers(int threads);
  void addRounded();
  void bindVectors(const Bindings<T>& bindings);
  void roundFixedValues();
  bool isTiny() const;
  void placeSums(Worker& worker, T* place) const;
  void keepSums(const Worker& worker, double* part) const;
  void compute(const Bindings<T>& bindings, const Tile& tile, const Place& place);
  void lookAhead(const Bindings<T>& bindings, const Tile& tile, Ahead<T>& ahead) const;
  void writeVectors(const Bindings<T>& bindings) const;

  const Program& program_;
  const Tiling& tiling_;
  Pool& pool_;
  static constexpr bool kRounds = !std::is_same_v<T, double>;

  std::vector<Step<double>> prologue_, epilogue_;
  std::vector<Step<T>> tileSteps_;
  std::vector<BoundArray> inputs_, directOutputs_, copiedOutputs_;
  std::vector<VectorSlice> vectorInputs_;
  std::vector<Sum> sums_;
  Buffer fixed_;                       // all computed fixed values but the sums
  std::vector<int64_t> fixedOffsets_;  // by value, −1 where it is no computed fixed value
  std::vector<double*> values_;        // by value id, fixed ones only
  std::vector<Rounded> rounded_;
  BufferOf<T> roundedValues_;
  Reduction reduction_;  // of all sums, one after another
  Buffer totals_;
  std::vector<Worker> workers_;  // by worker
  double flopsPerSample_;
};

}  // namespace gnvpro
