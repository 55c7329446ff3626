#include "assembly/contraction.h"

#include <algorithm>

#include "blas/blas.h"
#include "kernels/elementwise.h"
#include "parallel/zeros.h"

namespace gnvpro {
namespace {

constexpr int64_t kProductRows = 96;    // products E ∘ Q formed at a time: they stay in cache until summed
constexpr int64_t kPanel = 112;         // rows of H a task
constexpr int64_t kPanelColumns = 896;  // and columns of it between two polls

int64_t tasks(int64_t n, int64_t size) { return (n + size - 1) / size; }

/** The numbers in it are overwritten, not kept. */
void ensureSize(std::vector<double>& buffer, int64_t size, Pool& pool) {
  if (static_cast<int64_t>(buffer.size()) < size) buffer = zeros(size, [&] { pool.poll(); });
}

void ensureSize(std::vector<double>& buffer, int64_t size) {
  if (static_cast<int64_t>(buffer.size()) < size) buffer.resize(size);
}

}  // namespace

Contraction::Contraction(const std::vector<FactorGroup>& groups, const std::vector<int32_t>& rows, int64_t weights,
                         int64_t features, Pool& pool)
    : groups_(groups),
      rows_(rows),
      weights_(weights),
      features_(features),
      pool_(pool),
      state_(groups.size()),
      products_(pool.threads()) {}

void Contraction::reset(const double* L, int64_t r, const double* M, int64_t columns) {
  L_ = L;
  M_ = M;
  combinations_ = r;
  columns_ = columns;
  classified_ = false;
}

bool Contraction::isSparse(const Factors& factors, int64_t features) {
  int64_t touches = 0;
  for (int64_t i = 0; i < features; ++i) {
    for (int64_t a = 0; a < factors.units(); ++a) touches += factors.isZero(i, a) ? 0 : 1;
  }
  return 4 * touches <= features * factors.units();
}

/** Chooses the way of each group, by the first chunk; both are right for any numbers. */
void Contraction::classify(const std::vector<Factors>& factors) {
  classified_ = true;
  needsWeighted_ = false;
  dense_.clear();
  runs_.clear();
  for (size_t l = 0; l < groups_.size(); ++l) {
    Group& group = state_[l];
    group.sparse = isSparse(factors[l], features_);
    group.position = static_cast<int64_t>(dense_.size());
    group.touches.clear();
    group.touchOf.assign(group.sparse ? features_ * groups_[l].units : 0, -1);
    group.sums.clear();
    needsWeighted_ = needsWeighted_ || group.sparse;
    if (group.sparse) continue;
    for (const FactorGroup::Input& input : groups_[l].inputs) {
      for (int64_t a = 0; a < groups_[l].units; ++a) dense_.push_back(input.weight + a);
    }
  }
  for (size_t j = 0; j < rows_.size(); ++j) {
    if (rows_[j] < 0) continue;
    const auto column = static_cast<int64_t>(j);
    const bool follows =
        !runs_.empty() && runs_.back().column + runs_.back().length == column && rows_[j] == rows_[j - 1] + 1;
    if (!follows) runs_.push_back({column, 0, static_cast<int64_t>(dense_.size())});
    ++runs_.back().length;
    dense_.push_back(rows_[j]);
  }
  ensureSize(sums_, static_cast<int64_t>(dense_.size()) * combinations_ * columns_, pool_);
  if (needsWeighted_) ensureSize(weighted_, weights_ * features_ * columns_, pool_);
}

/** Makes room for what a sparse group touches in this chunk. */
void Contraction::addTouches(Group& group, const Factors& factors) {
  for (int64_t e = 0; e < factors.vectors(); ++e) {
    for (int64_t a = 0; a < factors.units(); ++a) {
      int64_t& touch = group.touchOf[factors.feature(e) * factors.units() + a];
      if (touch >= 0 || factors.coefficient(e, a) == 0) continue;
      touch = static_cast<int64_t>(group.touches.size());
      group.touches.push_back({factors.feature(e), a});
    }
  }
  group.sums.resize(static_cast<int64_t>(group.touches.size()) * factors.inputs() * columns_);
}

void Contraction::add(const double* Q, int64_t ld, const std::vector<Factors>& factors, int64_t rows) {
  beta_ = classified_ ? 1 : 0;
  if (!classified_) classify(factors);
  ensureSize(transposed_, columns_ * rows);
  for (int64_t n = 0; n < rows; ++n) {
    for (int64_t q = 0; q < columns_; ++q) transposed_[q * rows + n] = Q[n * ld + q];
  }
  const int64_t batch = std::max<int64_t>(1, kProductRows / columns_);
  for (size_t l = 0; l < groups_.size(); ++l) {
    Group& group = state_[l];
    const int64_t vectors = factors[l].vectors();
    ensureSize(group.basisSums, factors[l].inputs() * vectors * columns_);
    pool_.run(tasks(vectors, batch), [&](int64_t task, int worker) {
      const int64_t first = task * batch;
      sumBasis(group, factors[l], first, std::min(batch, vectors - first), rows, products_[worker]);
    });
    if (group.sparse) {
      addTouches(group, factors[l]);
    } else {
      combineCoefficients(factors[l], L_, combinations_, features_, group.coefficients);
      if (needsWeighted_) combineCoefficients(factors[l], M_, features_, features_, group.weighted);
    }
    pool_.run(factors[l].inputs(), [&](int64_t b, int) { combine(group, factors[l], b); });
  }
}

/** Σ_n x_n Q_nq E_ne for some vectors e of the basis. */
void Contraction::sumBasis(Group& group, const Factors& factors, int64_t first, int64_t count, int64_t rows,
                           std::vector<double>& products) {
  ensureSize(products, count * columns_ * rows);
  double* product = products.data();
  for (int64_t e = first; e < first + count; ++e) {
    for (int64_t q = 0; q < columns_; ++q, product += rows) {
      elementwise::mul(rows, factors.basis() + e * rows, transposed_.data() + q * rows, product);
    }
  }
  const int64_t width = factors.vectors() * columns_;
  blas::gemm(false, true, factors.inputs(), count * columns_, rows, 1, factors.input(0), rows, products.data(), rows, 0,
             group.basisSums.data() + first * columns_, width);
}

/** out ((units · r) × vectors) = F_ea L_j,i(e) for L r × w. */
void Contraction::combineCoefficients(const Factors& factors, const double* L, int64_t r, int64_t w,
                                      std::vector<double>& out) {
  out.clear();
  for (int64_t a = 0; a < factors.units(); ++a) {
    for (int64_t j = 0; j < r; ++j) {
      for (int64_t e = 0; e < factors.vectors(); ++e) {
        out.push_back(factors.coefficient(e, a) * L[j * w + factors.feature(e)]);
      }
    }
  }
}

/** From the sums over the basis to those of the weights of input b, whose rows follow each other. */
void Contraction::combine(Group& group, const Factors& factors, int64_t b) {
  const int64_t vectors = factors.vectors(), k = factors.units(), inputs = factors.inputs();
  const double* basisSums = group.basisSums.data() + b * vectors * columns_;
  if (!group.sparse) {
    blas::gemm(false, false, k * combinations_, columns_, vectors, 1, group.coefficients.data(), vectors, basisSums,
               columns_, beta_, sums_.data() + (group.position + b * k) * combinations_ * columns_, columns_);
    if (!needsWeighted_) return;
    blas::gemm(false, false, k * features_, columns_, vectors, 1, group.weighted.data(), vectors, basisSums, columns_,
               beta_, weightedSums(factors.group().inputs[b].weight), columns_);
    return;
  }
  for (int64_t e = 0; e < vectors; ++e) {
    for (int64_t a = 0; a < k; ++a) {
      const double F = factors.coefficient(e, a);
      if (F == 0) continue;
      const int64_t touch = group.touchOf[factors.feature(e) * k + a];
      blas::axpy(columns_, F, basisSums + e * columns_, group.sums.data() + (touch * inputs + b) * columns_);
    }
  }
}

void Contraction::addRows(const double* Q, int64_t ld, const double* T, int64_t rows) {
  const int64_t p = static_cast<int64_t>(rows_.size()), length = combinations_ * columns_;
  pool_.run(combinations_, [&](int64_t j, int) {
    for (const auto& [column, count, position] : runs_) {
      blas::gemm(true, false, count, columns_, rows, 1, T + j * rows * p + column, p, Q, ld, beta_,
                 sums_.data() + position * length + j * columns_, length);
    }
  });
}

void Contraction::addWeightedRows(const double* Q, int64_t ld, const double* T, int64_t rows) {
  const int64_t p = static_cast<int64_t>(rows_.size());
  pool_.run(features_, [&](int64_t i, int) {
    for (const auto& [column, count, position] : runs_) {
      blas::gemm(true, false, count, columns_, rows, 1, T + i * rows * p + column, p, Q, ld, beta_,
                 weightedSums(dense_[position]) + i * columns_, features_ * columns_);
    }
  });
}

void Contraction::addGram(double sign, double* H) {
  addCombinations(sign, H);
  std::vector<int64_t> groupOf(weights_, -1);  // the sparse group of each weight
  for (size_t l = 0; l < groups_.size(); ++l) {
    if (!state_[l].sparse) continue;
    weighSparse(state_[l], groups_[l]);
    for (const FactorGroup::Input& input : groups_[l].inputs) {
      std::fill_n(groupOf.begin() + input.weight, groups_[l].units, static_cast<int64_t>(l));
    }
  }
  for (size_t l = 0; l < groups_.size(); ++l) {
    if (state_[l].sparse) addSparse(l, groupOf, sign, H);
  }
}

/** Σ_jq b_jq b_jqᵀ among the weights that are not sparse. */
void Contraction::addCombinations(double sign, double* H) {
  const int64_t count = static_cast<int64_t>(dense_.size()), length = combinations_ * columns_;
  pool_.run(tasks(count, kPanel), [&](int64_t panel, int worker) {
    const int64_t first = panel * kPanel, rows = std::min(kPanel, count - first), cols = first + rows;
    std::vector<double>& block = products_[worker];
    ensureSize(block, rows * cols);
    const double* sums = sums_.data() + first * length;
    for (int64_t j = 0; j < first; j += kPanelColumns) {
      pool_.poll();
      blas::gemm(false, true, rows, std::min(kPanelColumns, first - j), length, sign, sums, length,
                 sums_.data() + j * length, length, 0, block.data() + j, cols);
    }
    blas::syrkRowsLower(rows, length, sign, sums, length, 0, block.data() + first, cols);
    for (int64_t i = 0; i < rows; ++i) {
      for (int64_t j = 0; j <= first + i; ++j) {
        const auto [low, high] = std::minmax(dense_[first + i], dense_[j]);
        H[high * weights_ + low] += block[i * cols + j];
      }
    }
  });
}

/** m of the weights of a sparse group. */
void Contraction::weighSparse(const Group& group, const FactorGroup& weights) {
  const auto inputs = static_cast<int64_t>(weights.inputs.size());
  pool_.run(inputs, [&](int64_t b, int) {
    std::fill_n(weightedSums(weights.inputs[b].weight), weights.units * features_ * columns_, 0.0);
    for (size_t touch = 0; touch < group.touches.size(); ++touch) {
      const auto& [feature, unit] = group.touches[touch];
      const double* sums = group.sums.data() + (static_cast<int64_t>(touch) * inputs + b) * columns_;
      double* weighted = weightedSums(weights.inputs[b].weight + unit);
      for (int64_t i = 0; i < features_; ++i) {
        blas::axpy(columns_, M_[i * features_ + feature], sums, weighted + i * columns_);
      }
    }
  });
}

/** Σ_iq m_iq s_iqᵀ in the columns of H of a sparse group, unit by unit; each pair of weights once. */
void Contraction::addSparse(size_t index, const std::vector<int64_t>& groupOf, double sign, double* H) {
  const Group& group = state_[index];
  const FactorGroup& weights = groups_[index];
  const auto c = static_cast<int64_t>(weights.inputs.size()), own = static_cast<int64_t>(index);
  pool_.run(weights.units, [&](int64_t unit, int worker) {
    std::vector<double>& block = products_[worker];
    ensureSize(block, weights_ * c);
    std::fill_n(block.begin(), weights_ * c, 0.0);
    for (size_t touch = 0; touch < group.touches.size(); ++touch) {
      if (group.touches[touch].unit != unit) continue;
      blas::gemm(false, true, weights_, c, columns_, sign, weighted_.data() + group.touches[touch].feature * columns_,
                 features_ * columns_, group.sums.data() + static_cast<int64_t>(touch) * c * columns_, columns_, 1,
                 block.data(), c);
    }
    for (int64_t p = 0; p < weights_; ++p) {
      for (int64_t b = 0; b < c; ++b) {
        const int64_t weight = weights.inputs[b].weight + unit;
        if (groupOf[p] > own || (groupOf[p] == own && p < weight)) continue;
        H[std::max(p, weight) * weights_ + std::min(p, weight)] += block[p * c + b];
      }
    }
  });
}

int64_t Contraction::memoryBytes() const {
  size_t doubles = sums_.size() + weighted_.size() + transposed_.size();
  for (const Group& group : state_) {
    doubles += group.basisSums.size() + group.coefficients.size() + group.weighted.size() + group.sums.size();
  }
  for (const auto& products : products_) doubles += products.size();
  return static_cast<int64_t>(doubles * sizeof(double));
}

}  // namespace gnvpro
