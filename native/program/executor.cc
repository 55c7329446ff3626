#include "program/executor.h"

#include <algorithm>

namespace gnvpro {
namespace {

/** Waking a thread costs microseconds: below this, one thread is faster. The results are the same. */
constexpr double kTinyFlops = 3e5;

/** Of all sums over samples, one after another. */
int64_t sumSize(const Program& program) {
  int64_t size = 0;
  for (size_t id = 0; id < program.values.size(); ++id) {
    if (program.instructions[id].sumsSamples) size += paddedSize(program.values[id].size());
  }
  return size;
}

/** The most that an instruction works with. */
int64_t scratchSize(const Program& program) {
  int64_t size = 0;
  for (const Instruction& instruction : program.instructions) {
    const auto ofRun = instruction.operation->scratch;
    if (ofRun != nullptr) size = std::max(size, ofRun(program, instruction));
  }
  return size;
}

int32_t operandOf(const Instruction& instruction, size_t i) {
  return i < instruction.operands.size() ? instruction.operands[i] : 0;
}

}  // namespace

template <typename T>
Step<T>::Step(const Program& program, int32_t id)
    : kernel_(program.instructions[id].operation->prepare.of<T>(program, id)),
      samples_(program.values[id].samples),
      sums_(program.instructions[id].sumsSamples),
      out_(id),
      a_(operandOf(program.instructions[id], 0)),
      b_(operandOf(program.instructions[id], 1)),
      rows_(program.values[id].rows),
      cols_(program.values[id].cols) {}

template <typename T>
void Step<T>::run(T* const* values, int64_t rows, bool accumulate, Ahead<T>* ahead, T* scratch) const {
  if (!samples_ && !sums_) rows = rows_;
  kernel_({.values = values,
           .a = values[a_],
           .b = values[b_],
           .out = values[out_],
           .rows = rows,
           .size = rows * cols_,
           .accumulate = sums_ && accumulate,
           .ahead = ahead,
           .scratch = scratch});
}

template <typename T>
Executor<T>::Executor(const Program& program, const Tiling& tiling, Pool& pool)
    : program_(program),
      tiling_(tiling),
      pool_(pool),
      fixedOffsets_(program.values.size(), -1),
      values_(program.values.size(), nullptr),
      reduction_(tiling, sumSize(program), pool),
      totals_(sumSize(program)),
      flopsPerSample_(program.flopsPerSample()) {
  int64_t fixedSize = 0;
  for (int32_t id = 0; id < static_cast<int32_t>(program.values.size()); ++id) addValue(id, fixedSize);
  for (const Output& output : program.outputs) {
    const Value& value = program.values[output.value];
    const bool direct = value.storage == -2 - output.index;
    if (!output.vector && !direct) copiedOutputs_.push_back({output.value, output.index, value.cols});
  }
  fixed_ = Buffer(fixedSize);
  placeFixedValues();
  if constexpr (kRounds) addRounded();
  addWorkers(tiling.workers());
}

/** Decides where a value lives and when its instruction runs. */
template <typename T>
void Executor<T>::addValue(int32_t id, int64_t& fixedSize) {
  const Value& value = program_.values[id];
  const Instruction& instruction = program_.instructions[id];
  switch (instruction.operation->source) {
    case Source::samples:
      inputs_.push_back({id, instruction.attributes[0], value.cols});
      return;
    case Source::vector:
      vectorInputs_.push_back({id, instruction.attributes[0], instruction.attributes[1]});
      return;
    case Source::constant:
      // Never written: instructions write to computed values only.
      values_[id] = const_cast<double*>(program_.constants.data()) + instruction.attributes[0];
      return;
    case Source::computed:
      break;
  }
  if (value.samples) {
    if (value.storage <= -2) directOutputs_.push_back({id, -2 - value.storage, value.cols});
  } else if (instruction.sumsSamples) {
    sums_.push_back({id, sums_.empty() ? 0 : sums_.back().offset + paddedSize(sums_.back().size), value.size()});
  } else {
    fixedOffsets_[id] = fixedSize;
    fixedSize += paddedSize(value.size());
  }
  const bool perTile = value.samples || instruction.sumsSamples;
  if (perTile) {
    tileSteps_.emplace_back(program_, id);
  } else {
    (value.phase == Phase::prologue ? prologue_ : epilogue_).emplace_back(program_, id);
  }
}

template <typename T>
void Executor<T>::placeFixedValues() {
  for (size_t id = 0; id < values_.size(); ++id) {
    if (fixedOffsets_[id] >= 0) values_[id] = fixed_.data() + fixedOffsets_[id];
  }
  for (const auto& [value, offset, size] : sums_) values_[value] = totals_.data() + offset;
}

/** What instructions of tiles read of fixed values. */
template <typename T>
void Executor<T>::addRounded() {
  std::vector<char> isRead(values_.size());
  for (size_t id = 0; id < values_.size(); ++id) {
    const Instruction& instruction = program_.instructions[id];
    if (!program_.values[id].samples && !instruction.sumsSamples) continue;
    for (const int32_t operand : instruction.operands) isRead[operand] = 1;
  }
  int64_t size = 0;
  for (int32_t id = 0; id < static_cast<int32_t>(values_.size()); ++id) {
    const Value& value = program_.values[id];
    if (value.samples || value.phase != Phase::prologue || isRead[id] == 0) continue;
    rounded_.push_back({id, size, value.size()});
    size += paddedSize<T>(value.size());
  }
  roundedValues_ = BufferOf<T>(size);
}

template <typename T>
void Executor<T>::addWorkers(int threads) {
  std::vector<int64_t> slotOffsets;
  int64_t size = 0;
  for (int32_t cols : program_.slotColumns) {
    slotOffsets.push_back(size);
    size += paddedSize<T>(cols * tiling_.tileRows());
  }
  for (int i = 0; i < threads; ++i) {
    Worker& worker = workers_.emplace_back(BufferOf<T>(size), BufferOf<T>(scratchSize(program_)),
                                           BufferOf<T>(kRounds ? sumSize(program_) : 0),
                                           std::vector<T*>(values_.size()), Ahead<T>(inputs_.size()));
    if constexpr (kRounds) {
      for (const auto& [value, offset, rounded] : rounded_) worker.values[value] = roundedValues_.data() + offset;
      placeSums(worker, worker.sums.data());
    } else {
      worker.values = values_;
    }
    for (size_t id = 0; id < values_.size(); ++id) {
      const int32_t slot = program_.values[id].storage;
      if (slot >= 0) worker.values[id] = worker.slots.data() + slotOffsets[slot];
    }
  }
}

template <typename T>
int64_t Executor<T>::memoryBytes() const {
  int64_t numbers = roundedValues_.size();
  for (const Worker& worker : workers_) {
    numbers += worker.slots.size() + worker.scratch.size() + worker.sums.size();
  }
  const auto ofNumbers = numbers * static_cast<int64_t>(sizeof(T));
  return ofNumbers + (fixed_.size() + totals_.size()) * static_cast<int64_t>(sizeof(double)) + reduction_.memoryBytes();
}

template <typename T>
void Executor<T>::run(const Bindings<T>& bindings, const TileHook& before, const TileHook& after,
                      const Cancel* cancel) {
  begin(bindings);
  const auto visit = [&](const Tile& tile, const Place& place) {
    if (cancel != nullptr) cancel->poll();
    if (before) before(tile, place);
    runTile(bindings, tile, place);
    if (after) after(tile, place);
  };
  const bool alone = workers_.size() == 1 || (!before && !after && isTiny());
  if (!alone) tiling_.visit(pool_, visit);
  for (int64_t i = 0; alone && i < tiling_.runs(); ++i) tiling_.visitRun(i, 0, visit);
  finish(bindings);
}

template <typename T>
void Executor<T>::begin(const Bindings<T>& bindings) {
  bindVectors(bindings);
  for (const Step<double>& step : prologue_) step.run(values_.data(), 0, false);
  if constexpr (kRounds) roundFixedValues();
}

template <typename T>
void Executor<T>::finish(const Bindings<T>& bindings) {
  reduction_.total(totals_.data());
  for (const Step<double>& step : epilogue_) step.run(values_.data(), 0, false);
  writeVectors(bindings);
}

template <typename T>
void Executor<T>::bindVectors(const Bindings<T>& bindings) {
  for (const auto& [value, vector, offset] : vectorInputs_) {
    double* slice = const_cast<double*>(bindings.vectorInputs[vector]) + offset;  // read only, like every input
    values_[value] = slice;
    if constexpr (!kRounds) {
      for (Worker& worker : workers_) worker.values[value] = slice;
    }
  }
}

template <typename T>
void Executor<T>::roundFixedValues() {
  for (const auto& [value, offset, size] : rounded_) {
    std::transform(values_[value], values_[value] + size, roundedValues_.data() + offset,
                   [](double x) { return static_cast<T>(x); });
  }
}

template <typename T>
bool Executor<T>::isTiny() const {
  return flopsPerSample_ * static_cast<double>(tiling_.samples().count) < kTinyFlops;
}

template <typename T>
void Executor<T>::runTile(const Bindings<T>& bindings, const Tile& tile, const Place& place) {
  Worker& worker = workers_[place.worker];
  double* part = reduction_.part(place);
  if constexpr (!kRounds) placeSums(worker, part);
  lookAhead(bindings, tile, worker.ahead);
  compute(bindings, tile, place);
  if constexpr (kRounds) {
    if (place.isLast) keepSums(worker, part);
  }
  reduction_.end(place);
}

/** Where sums are formed: in the part of their block, or beside it where that has other numbers. */
template <typename T>
void Executor<T>::placeSums(Worker& worker, T* place) const {
  for (const auto& [value, offset, size] : sums_) worker.values[value] = place + offset;
}

/** The sums of a whole block. */
template <typename T>
void Executor<T>::keepSums(const Worker& worker, double* part) const {
  std::copy_n(worker.sums.data(), worker.sums.size(), part);
}

template <typename T>
void Executor<T>::compute(const Bindings<T>& bindings, const Tile& tile, const Place& place) {
  Worker& worker = workers_[place.worker];
  const auto& [inputs, vectors, outputs, sums] = bindings;
  for (const auto& [value, array, cols] : inputs_) {
    worker.values[value] = const_cast<T*>(inputs[array].rows(tile.begin, tile.rows(), cols, place.worker));
  }
  for (const auto& [value, array, cols] : directOutputs_) {
    worker.values[value] = outputs[array].rows(tile.begin, cols, place.worker);
  }
  for (const Step<T>& step : tileSteps_) {
    step.run(worker.values.data(), tile.rows(), !place.isFirst, &worker.ahead, worker.scratch.data());
  }
  for (const auto& [value, array, cols] : copiedOutputs_) {
    std::copy_n(worker.values[value], tile.rows() * cols, outputs[array].rows(tile.begin, cols, place.worker));
  }
}

/** The inputs of the tile that comes next, if there is one. */
template <typename T>
void Executor<T>::lookAhead(const Bindings<T>& bindings, const Tile& tile, Ahead<T>& ahead) const {
  ahead.clear();
  const int64_t rows = std::min(tiling_.tileRows(), tiling_.samples().count - tile.end);
  if (rows == 0) return;
  for (const auto& [value, array, cols] : inputs_) {
    const T* data = bindings.sampleInputs[array].data();
    if (data != nullptr) ahead.add(data + tile.end * cols, rows * cols);
  }
}

template <typename T>
void Executor<T>::writeVectors(const Bindings<T>& bindings) const {
  for (size_t k = 0; k < program_.vectorOutputLengths.size(); ++k) {
    std::fill_n(bindings.vectorOutputs[k], program_.vectorOutputLengths[k], 0.0);
  }
  for (const Output& output : program_.outputs) {
    if (!output.vector) continue;
    const int64_t size = program_.values[output.value].size();
    std::copy_n(values_[output.value], size, bindings.vectorOutputs[output.index] + output.offset);
  }
}

template class Executor<double>;
template class Executor<float>;

}  // namespace gnvpro
