#include "assembly/factor_gram.h"

#include <algorithm>

#include "blas/blas.h"
#include "kernels/elementwise.h"
#include "parallel/zeros.h"

namespace gnvpro {
namespace {

/** Products of two inputs formed at a time: they stay in cache until the matrix product has read them. */
constexpr int64_t kInputPairs = 64;

int64_t triangle(int64_t n) { return n * (n + 1) / 2; }

/** The pair (b, c), c ≤ b, of this number. */
std::pair<int64_t, int64_t> trianglePair(int64_t index) {
  int64_t b = 0;
  while (triangle(b + 1) <= index) ++b;
  return {b, index - triangle(b)};
}

/** sum += x ∘ y */
void addProduct(int64_t n, const double* __restrict x, const double* __restrict y, double* __restrict sum) {
  for (int64_t i = 0; i < n; ++i) sum[i] += x[i] * y[i];
}

int64_t inputCount(const FactorGroup& group) { return static_cast<int64_t>(group.inputs.size()); }

}  // namespace

FactorGram::FactorGram(const std::vector<FactorGroup>& groups, int64_t features, int64_t capacity, Pool& pool)
    : groups_(groups), features_(features), pool_(pool), products_(pool.threads()) {
  const Poll poll = [&] { pool.poll(); };
  for (auto& buffer : products_) buffer.resize(kInputPairs * capacity);
  for (size_t l = 0; l < groups.size(); ++l) {
    weighted_.emplace_back(features * groups[l].units * capacity);
    for (int64_t a = 0; a < groups[l].units; ++a) weighTasks_.push_back({l, a, 1});
    for (size_t r = l; r < groups.size(); ++r) {
      const bool same = l == r;
      const int64_t inputs = inputCount(groups[l]), units = groups[l].units;
      const int64_t inputPairs = same ? triangle(inputs) : inputs * inputCount(groups[r]);
      const int64_t unitPairs = same ? triangle(units) : units * groups[r].units;
      const size_t index = pairs_.size();
      pairs_.push_back(
          {l, r, inputPairs, unitPairs, zeros(unitPairs * capacity, poll), zeros(inputPairs * unitPairs, poll)});
      for (int64_t a = 0; a < units; ++a) deltaTasks_.push_back({index, a, 1});
      for (int64_t first = 0; first < inputPairs; first += kInputPairs) {
        productTasks_.push_back({index, first, std::min(kInputPairs, inputPairs - first)});
      }
    }
  }
}

int64_t FactorGram::doublesPerSample(const std::vector<FactorGroup>& groups, int64_t features) {
  int64_t units = 0;
  for (const FactorGroup& group : groups) units += group.units;
  return features * units + triangle(units);
}

void FactorGram::reset() {
  for (Pair& pair : pairs_) fillZeros(pair.sums, pool_);
}

void FactorGram::add(const std::vector<Factors>& factors, const double* M, const double* weights, int64_t rows) {
  rows_ = rows;
  const auto count = [](const std::vector<Task>& tasks) { return static_cast<int64_t>(tasks.size()); };
  pool_.run(count(weighTasks_), [&](int64_t i, int) {
    const Task& task = weighTasks_[i];
    weigh(factors[task.index], M, task.first, weighted_[task.index].data());
  });
  pool_.run(count(deltaTasks_), [&](int64_t i, int) {
    Pair& pair = pairs_[deltaTasks_[i].index];
    const Factors& right = factors[pair.right];
    const int64_t a = deltaTasks_[i].first;
    const int64_t end = pair.left == pair.right ? a + 1 : right.units();
    for (int64_t b = 0; b < end; ++b) formDelta(pair, right, weights, a, b);
  });
  pool_.run(count(productTasks_), [&](int64_t i, int worker) {
    addProducts(pairs_[productTasks_[i].index], factors, productTasks_[i], products_[worker].data());
  });
}

/** Σ_i M_i'i δ_ia for all features i' and one unit a. */
void FactorGram::weigh(const Factors& factors, const double* M, int64_t a, double* weighted) const {
  const int64_t w = features_, stride = factors.units() * rows_;
  std::vector<int64_t> present;
  for (int64_t i = 0; i < w; ++i) {
    if (!factors.isZero(i, a)) present.push_back(i);
  }
  if (4 * static_cast<int64_t>(present.size()) > w) {
    blas::gemm(false, false, w, rows_, w, 1, M, w, factors.column(0, a), stride, 0, weighted + a * rows_, stride);
    return;
  }
  for (int64_t row = 0; row < w; ++row) {
    double* out = weighted + row * stride + a * rows_;
    std::fill_n(out, rows_, 0.0);
    for (const int64_t i : present) blas::axpy(rows_, M[row * w + i], factors.column(i, a), out);
  }
}

/** Δ of unit a of the left group and unit b of the right one. */
void FactorGram::formDelta(Pair& pair, const Factors& right, const double* weights, int64_t a, int64_t b) {
  const bool same = pair.left == pair.right;
  double* delta = pair.delta.data() + (same ? triangle(a) + b : a * right.units() + b) * rows_;
  const int64_t stride = groups_[pair.left].units * rows_;
  const double* weighted = weighted_[pair.left].data() + a * rows_;
  std::fill_n(delta, rows_, 0.0);
  for (int64_t i = 0; i < features_; ++i) {
    if (!right.isZero(i, b)) addProduct(rows_, weighted + i * stride, right.column(i, b), delta);
  }
  if (weights != nullptr) elementwise::mul(rows_, weights, delta, delta);
}

/** The sums of some pairs of inputs, with all pairs of units. */
void FactorGram::addProducts(Pair& pair, const std::vector<Factors>& factors, const Task& task, double* products) {
  const Factors& left = factors[pair.left];
  const Factors& right = factors[pair.right];
  const bool same = pair.left == pair.right;
  auto [b, c] = same ? trianglePair(task.first)
                     : std::pair<int64_t, int64_t>{task.first / right.inputs(), task.first % right.inputs()};
  for (int64_t i = 0; i < task.count; ++i) {
    elementwise::mul(rows_, left.input(b), right.input(c), products + i * rows_);
    if (++c == (same ? b + 1 : right.inputs())) {
      c = 0;
      ++b;
    }
  }
  blas::gemm(false, true, task.count, pair.unitPairs, rows_, 1, products, rows_, pair.delta.data(), rows_, 1,
             pair.sums.data() + task.first * pair.unitPairs, pair.unitPairs);
}

void FactorGram::scatter(double* H, int64_t P) const {
  for (const Pair& pair : pairs_) {
    const FactorGroup& left = groups_[pair.left];
    const FactorGroup& right = groups_[pair.right];
    const bool same = pair.left == pair.right;
    pool_.run(inputCount(left), [&](int64_t b, int) {
      const int64_t end = same ? b + 1 : inputCount(right);
      const double* sums = pair.sums.data() + (same ? triangle(b) : b * end) * pair.unitPairs;
      for (int64_t c = 0; c < end; ++c, sums += pair.unitPairs) scatterEntry(pair, left, right, b, c, sums, H, P);
    });
  }
}

/** The block of all units for inputs b and c. */
void FactorGram::scatterEntry(const Pair& pair, const FactorGroup& left, const FactorGroup& right, int64_t b, int64_t c,
                              const double* sums, double* H, int64_t P) {
  const int64_t first = left.inputs[b].weight, second = right.inputs[c].weight;
  const auto add = [&](int64_t i, int64_t j, double value) { H[std::max(i, j) * P + std::min(i, j)] += value; };
  if (pair.left != pair.right) {
    for (int64_t a = 0; a < left.units; ++a) {
      for (int64_t e = 0; e < right.units; ++e) add(first + a, second + e, *sums++);
    }
    return;
  }
  for (int64_t a = 0; a < left.units; ++a) {
    for (int64_t e = 0; e <= a; ++e, ++sums) {
      add(first + a, second + e, *sums);
      // Symmetric in the inputs and in the units each; on the diagonal of the inputs this is the same entry.
      if (a != e && b != c) add(first + e, second + a, *sums);
    }
  }
}

int64_t FactorGram::memoryBytes() const {
  size_t doubles = 0;
  for (const Pair& pair : pairs_) doubles += pair.delta.size() + pair.sums.size();
  for (const auto& buffer : weighted_) doubles += buffer.size();
  for (const auto& buffer : products_) doubles += buffer.size();
  return static_cast<int64_t>(doubles * sizeof(double));
}

}  // namespace gnvpro
