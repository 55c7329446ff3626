// libFuzzer's target of the program verifier: whatever it accepts is run, within arrays of exactly their size, so that
// the sanitizers see every access beyond. Built by GNVPRO_FUZZER; test/fuzz/support/programBytes.ts has the same
// format.
#include "program/program.h"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "parallel/pool.h"
#include "program/executor.h"
#include "samples/tiling.h"

using namespace gnvpro;

namespace {

/** What an input may cost: doubles and operations of a run. */
constexpr double kAffordable = 1 << 18;

/** Bytes: the number of samples, the number of constants, then words, most of them in a byte. */
struct Input {
  int64_t samples = 0;
  std::vector<double> constants;
  std::vector<int32_t> code;
};

/** Bytes −127 … 127 are words; −128 announces a word of four bytes, the lowest first. */
std::vector<int32_t> wordsOf(std::span<const uint8_t> bytes) {
  std::vector<int32_t> words;
  for (size_t i = 0; i < bytes.size(); ++i) {
    if (bytes[i] != 0x80) {
      words.push_back(static_cast<int8_t>(bytes[i]));
      continue;
    }
    uint32_t word = 0;
    for (int shift = 0; shift < 32 && i + 1 < bytes.size(); shift += 8) word |= uint32_t{bytes[++i]} << shift;
    words.push_back(static_cast<int32_t>(word));
  }
  return words;
}

Input read(std::span<const uint8_t> bytes) {
  Input input;
  input.samples = bytes[0];
  for (int i = 0; i < bytes[1]; ++i) input.constants.push_back(0.25 * i - 1);
  input.code = wordsOf(bytes.subspan(2));
  return input;
}

double costOf(const Program& program, int64_t samples) {
  double fixed = 0;
  for (const Value& value : program.values) fixed += value.samples ? 0 : static_cast<double>(value.size());
  for (int32_t length : program.vectorInputLengths) fixed += length;
  for (int32_t length : program.vectorOutputLengths) fixed += length;
  const double perSample = program.flopsPerSample() + static_cast<double>(program.columnsInFlight());
  return fixed + static_cast<double>(samples + 1) * perSample;
}

/** Arrays on the heap, each with its own end. */
template <typename T>
class Arrays {
 public:
  T* add(int64_t size) {
    arrays_.push_back(std::make_unique<T[]>(size));
    for (int64_t i = 0; i < size; ++i) arrays_.back()[i] = static_cast<T>(0.5 * static_cast<double>(i % 7) - 1);
    return arrays_.back().get();
  }

 private:
  std::vector<std::unique_ptr<T[]>> arrays_;
};

template <typename T>
void run(const Program& program, int64_t samples) {
  Arrays<T> arrays;
  Arrays<double> vectors;
  Bindings<T> bindings;
  for (int32_t cols : program.sampleInputColumns) bindings.sampleInputs.push_back(arrays.add(samples * cols));
  for (int32_t length : program.vectorInputLengths) bindings.vectorInputs.push_back(vectors.add(length));
  for (int32_t cols : program.sampleOutputColumns) bindings.sampleOutputs.push_back(arrays.add(samples * cols));
  for (int32_t length : program.vectorOutputLengths) bindings.vectorOutputs.push_back(vectors.add(length));
  Pool pool(1);
  const Tiling tiling(Samples::all(samples), program.columnsInFlight(), pool.threads());
  Executor<T>(program, tiling, pool).run(bindings);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size < 2) return 0;
  const Input input = read({data, size});
  try {
    const Program program = Program::decode(input.code, input.constants);
    if (costOf(program, input.samples) > kAffordable) return 0;
    run<double>(program, input.samples);
    run<float>(program, input.samples);
  } catch (const ProgramError&) {
    // Refused, as most are.
  }
  return 0;
}
