#include "assembly/row_gram.h"

#include <algorithm>

#include "blas/blas.h"
#include "parallel/zeros.h"

namespace gnvpro {
namespace {

constexpr int64_t kPanel = 64;
constexpr int64_t kProducts = 1 << 20;  // doubles of per-sample products at a time

}  // namespace

RowGram::RowGram(const std::vector<FactorGroup>& groups, const std::vector<int32_t>& weights, Pool& pool)
    : groups_(groups), weights_(weights), pool_(pool), sums_(zeros(columns() * columns(), [&] { pool.poll(); })) {
  for (const FactorGroup& group : groups) {
    const auto size = static_cast<int64_t>(group.inputs.size()) * group.units * columns();
    cross_.push_back(zeros(size, [&] { pool.poll(); }));
  }
}

void RowGram::reset() {
  fillZeros(sums_, pool_);
  for (auto& sums : cross_) fillZeros(sums, pool_);
}

void RowGram::addRows(const double* T, int64_t r, int64_t rows) {
  const int64_t p = columns();
  pool_.run((p + kPanel - 1) / kPanel, [&](int64_t panel, int) {
    const int64_t first = panel * kPanel, count = std::min(kPanel, p - first);
    double* sums = sums_.data() + first * p;
    blas::gemm(true, false, count, first, r * rows, 1, T + first, p, T, p, 1, sums, p);
    blas::syrkLower(count, r * rows, 1, T + first, p, 1, sums + first, p);
  });
}

void RowGram::addGroup(size_t group, const Factors& factors, const double* mixed, const double* T, int64_t r,
                       int64_t rows) {
  const int64_t k = factors.units(), c = factors.inputs(), p = columns();
  const int64_t step = std::clamp<int64_t>(kProducts / (k * p), 1, rows);
  products_.resize(std::max<size_t>(products_.size(), step * k * p));
  for (int64_t begin = 0; begin < rows; begin += step) {
    const int64_t count = std::min(step, rows - begin);
    pool_.run(count, [&](int64_t n, int) {
      blas::gemm(true, false, k, p, r, 1, mixed + (begin + n) * k, rows * k, T + (begin + n) * p, rows * p, 0,
                 products_.data() + n * k * p, p);
    });
    pool_.run((k * p + kPanel - 1) / kPanel, [&](int64_t panel, int) {
      const int64_t first = panel * kPanel;
      blas::gemm(false, false, c, std::min(kPanel, k * p - first), count, 1, factors.input(0) + begin, rows,
                 products_.data() + first, k * p, 1, cross_[group].data() + first, k * p);
    });
  }
}

void RowGram::scatter(double* H, int64_t P) const {
  const int64_t p = columns();
  const auto add = [&](int64_t i, int64_t j, double value) {
    if (j >= 0) H[std::max(i, j) * P + std::min(i, j)] += value;
  };
  pool_.run(p, [&](int64_t i, int) {
    if (weights_[i] < 0) return;
    for (int64_t j = 0; j <= i; ++j) add(weights_[i], weights_[j], sums_[i * p + j]);
  });
  for (size_t l = 0; l < groups_.size(); ++l) {
    const FactorGroup& group = groups_[l];
    pool_.run(static_cast<int64_t>(group.inputs.size()), [&](int64_t b, int) {
      const double* sums = cross_[l].data() + b * group.units * p;
      for (int64_t a = 0; a < group.units; ++a) {
        for (int64_t j = 0; j < p; ++j) add(group.inputs[b].weight + a, weights_[j], *sums++);
      }
    });
  }
}

int64_t RowGram::memoryBytes() const {
  size_t doubles = sums_.size() + products_.size();
  for (const auto& sums : cross_) doubles += sums.size();
  return static_cast<int64_t>(doubles * sizeof(double));
}

}  // namespace gnvpro
