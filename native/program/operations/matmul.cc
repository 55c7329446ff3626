// Products of matrices; that of two samples arrays, the first transposed, is a sum over samples.
#include <algorithm>

#include "blas/blas.h"
#include "kernels/block_product.h"
#include "program/instruction_check.h"
#include "program/operation.h"

namespace gnvpro::operation {
namespace {

void checkProduct(const InstructionCheck& check) {
  for (size_t i = 0; i < 2; ++i) {
    if (check.attribute(i) != 0 && check.attribute(i) != 1) check.fail("has a transpose flag that is neither 0 nor 1");
  }
  const Value &a = check.operand(0), &b = check.operand(1);
  const bool ta = check.attribute(0) == 1, tb = check.attribute(1) == 1;
  if (b.samples) {
    if (!a.samples || !ta || tb) check.fail("can sum over samples only as aᵀ·b with samples on both sides");
    return check.expectFixed(a.cols, b.cols);
  }
  if (a.samples && ta) check.fail("cannot multiply transposed samples by a fixed value");
  const int32_t inner = ta ? a.rows : a.cols;
  if (inner != (tb ? b.cols : b.rows)) {
    check.fail("multiplies " + shapeOf(a) + " by " + shapeOf(b) + " with these flags");
  }
  const int32_t cols = tb ? b.rows : b.cols;
  a.samples ? check.expectSamples(true, cols) : check.expectFixed(ta ? a.cols : a.rows, cols);
}

/** op(A) op(B). `rows` of a run are the result's, or, in a sum over samples, those that are summed. */
template <typename T>
struct Product {
  bool samples, sums, ta, tb;
  int64_t rows;   // of a sum over samples
  int64_t inner;  // of a product without a sum over samples
  int64_t aCols, bCols, cols;

  void operator()(const Run<T>& run) const {
    const int64_t m = sums ? rows : run.rows;
    const int64_t k = sums ? run.rows : inner;
    if (k == 0) {  // an empty sum; not left to BLAS, whose shortcuts differ
      if (!run.accumulate) std::fill_n(run.out, m * cols, T{0});
    } else if (samples && !ta && !tb) {
      block_product::times(m, cols, k, 1, run.a, aCols, run.b, bCols, false, run.out, cols, run.ahead);
    } else if (samples && !ta) {
      block_product::timesTransposed(m, cols, k, run.a, aCols, run.b, bCols, run.out, cols, run.ahead);
    } else if (sums && ta && !tb) {
      block_product::transposedTimes(m, cols, k, run.a, aCols, run.b, bCols, run.accumulate, run.out, cols, run.ahead);
    } else {
      blas::gemm(ta, tb, m, cols, k, 1, run.a, aCols, run.b, bCols, run.accumulate ? 1 : 0, run.out, cols);
    }
  }
};

template <typename T>
Kernel<T> prepareProduct(const Program& program, int32_t id) {
  const Instruction& instruction = program.instructions[id];
  const Value &a = program.values[instruction.operands[0]], &b = program.values[instruction.operands[1]];
  const Value& result = program.values[id];
  const bool ta = instruction.attributes[0] == 1, tb = instruction.attributes[1] == 1;
  return Product<T>{.samples = result.samples,
                    .sums = instruction.sumsSamples,
                    .ta = ta,
                    .tb = tb,
                    .rows = result.rows,
                    .inner = ta ? a.rows : a.cols,
                    .aCols = a.cols,
                    .bCols = b.cols,
                    .cols = result.cols};
}

double flopsOfEntry(const Program& program, const Instruction& instruction) {
  return 2.0 * (instruction.sumsSamples ? 1 : program.values[instruction.operands[0]].cols);
}

}  // namespace

const Operation matmul = {.name = "matmul",
                          .operands = 2,
                          .attributes = 2,
                          .check = checkProduct,
                          .prepare = {prepareProduct<double>, prepareProduct<float>},
                          .flops = flopsOfEntry};

}  // namespace gnvpro::operation
