#include "varpro/dense.h"

#include <algorithm>
#include <cmath>

#include "blas/blas.h"

namespace gnvpro {
namespace {

constexpr int64_t kChunkDoubles = 8 * 1024 * 1024;  // per-sample factors held at a time: 64 MiB
constexpr int64_t kBlockDoubles = 128 * 1024;       // per-sample products held at a time: 1 MiB
constexpr int64_t kContractionColumns = 8;          // of one task
constexpr double kRounding = 1e-15;                 // of the eigenvalues of WᵀW

/** The columns of L with WᵀW = LLᵀ as rows, scaled; directions that W does not see are left out. */
std::vector<double> factorRows(const Problem& problem, const std::vector<double>& W, double tolerance, double scale) {
  const int64_t w = problem.features, m = problem.basis();
  std::vector<double> M(w * w), values(w), rows;
  blas::gemm(true, false, w, w, problem.targets, 1, W.data(), m, W.data(), m, 0, M.data(), w);
  const int info = blas::syevd(w, M.data(), w, values.data());
  if (info > 0) throw blas::LapackError("dsyevd", info);
  for (int64_t j = w - 1; j >= 0 && values[j] > std::max(tolerance, kRounding) * values[w - 1]; --j) {
    const double length = scale * std::sqrt(values[j]);
    for (int64_t i = 0; i < w; ++i) rows.push_back(length * M[j * w + i]);
  }
  return rows;
}

/** The leading w entries of the columns of T as rows, scaled. */
std::vector<double> inverseRows(const Problem& problem, const std::vector<double>& T, double scale) {
  const int64_t w = problem.features, m = problem.basis();
  std::vector<double> rows(m * w);
  for (int64_t q = 0; q < m; ++q) {
    for (int64_t i = 0; i < w; ++i) rows[q * w + i] = scale * T[i * m + q];
  }
  return rows;
}

/** The lower triangle of S, row after row. */
void packLower(int64_t n, const double* S, double* out) {
  for (int64_t u = 0; u < n; ++u, out += u) std::copy_n(S + u * n, u + 1, out);
}

/** out (rows × a · b): the outer product of each row of A (rows × a) with that of B (rows × b); null stands for ones.
 */
void outerRows(int64_t rows, const double* A, int64_t a, const double* B, int64_t b, double* out) {
  for (int64_t n = 0; n < rows; ++n) {
    for (int64_t i = 0; i < a; ++i, out += b) {
      const double factor = A == nullptr ? 1 : A[n * a + i];
      for (int64_t j = 0; j < b; ++j) out[j] = factor * (B == nullptr ? 1 : B[n * b + j]);
    }
  }
}

}  // namespace

DenseAssembly::DenseAssembly(const Problem& problem, const Program& perSample, SampleGradientLayout layout, Pool& pool)
    : problem_(problem), program_(perSample), layout_(std::move(layout)), pool_(pool), scratch_(pool.threads()) {}

int64_t DenseAssembly::assemble(const Point& point, double rankTolerance, std::vector<double>& H, const Cancel& cancel) {
  prepare();
  const double N = static_cast<double>(problem_.samples);
  const Projected& at = point.projected;
  std::fill(ordered_.begin(), ordered_.end(), 0.0);
  const std::vector<double> L = factorRows(problem_, at.W, rankTolerance, 1 / std::sqrt(N));
  const int64_t rank = static_cast<int64_t>(L.size()) / problem_.features;
  int64_t passes = rank;
  if (rank > 0) runChunks(point, L, rank, true, {at.B.data(), problem_.basis(), -1}, cancel);
  if (problem_.jacobian == Jacobian::golubPereyra) {
    const std::vector<double> T = inverseRows(problem_, at.T, 1 / N);
    runChunks(point, T, problem_.basis(), false, {at.R.data(), problem_.targets, 1}, cancel);
    passes += problem_.basis();
  }
  scatter(H);
  return passes;
}

void DenseAssembly::prepare() {
  if (gradients_) return;
  const int64_t cotangents = problem_.basis();
  gradients_ = std::make_unique<SampleGradients>(problem_, program_, layout_, chunkRows(cotangents), cotangents, pool_);
  for (const GradientPart& part : gradients_->parts()) {
    starts_.push_back(weights_);
    weights_ += static_cast<int64_t>(part.weights.size());
    for (size_t col = 0; col < starts_.size(); ++col) pairs_.push_back({starts_.size() - 1, col});
  }
  ordered_.resize(weights_ * weights_);
}

int64_t DenseAssembly::chunkRows(int64_t cotangents) const {
  int64_t perRow = static_cast<int64_t>(layout_.columns.size());
  for (const KroneckerBlock& block : layout_.blocks) perRow += block.units;
  const int64_t fitting = std::max<int64_t>(64, kChunkDoubles / std::max<int64_t>(cotangents * perRow, 1));
  const int64_t chunks = (problem_.samples + fitting - 1) / fitting;
  return (problem_.samples + chunks - 1) / chunks;
}

double* DenseAssembly::scratch(int worker, int64_t size) {
  std::vector<double>& own = scratch_[worker];
  if (static_cast<int64_t>(own.size()) < size) own.resize(size);
  return own.data();
}

/** Adds, over all samples, the Gram matrix of the per-sample gradients (if asked for) and that of a contraction. */
void DenseAssembly::runChunks(const Point& point, const std::vector<double>& cotangents, int64_t count, bool gram,
                              const Contraction& contraction, const Cancel& cancel) {
  const int64_t rows = chunkRows(problem_.basis()), products = contraction.columns * count;
  if (static_cast<int64_t>(sums_.size()) < products * weights_) sums_.resize(products * weights_);
  for (int64_t begin = 0; begin < problem_.samples; begin += rows) {
    const Chunk chunk{begin, std::min(rows, problem_.samples - begin)};
    gradients_->compute(point, chunk, cotangents.data(), count, cancel);
    if (gram) addGram();
    contract(contraction, begin);
  }
  blas::syrkLower(weights_, products, contraction.sign, sums_.data(), weights_, 1, ordered_.data(), weights_);
}

void DenseAssembly::addGram() {
  // Each task owns its block of H, so that the order of sums does not depend on the threads.
  pool_.run(static_cast<int64_t>(pairs_.size()), [&](int64_t task, int worker) {
    const Pair& pair = pairs_[task];
    const auto& parts = gradients_->parts();
    if (parts[pair.row].inputs * parts[pair.col].inputs == 1) {
      addPlain(pair);
    } else {
      addKronecker(pair, worker);
    }
  });
}

/** Both x are 1: the factors of all samples and cotangents under each other. */
void DenseAssembly::addPlain(const Pair& pair) {
  const SampleGradients& a = *gradients_;
  const int64_t k = a.parts()[pair.row].units, l = a.parts()[pair.col].units, rows = a.rows() * a.count();
  double* H = ordered_.data() + starts_[pair.row] * weights_ + starts_[pair.col];
  if (pair.row == pair.col) {
    blas::syrkLower(k, rows, 1, a.factors(pair.row), k, 1, H, weights_);
  } else {
    blas::gemm(true, false, k, l, rows, 1, a.factors(pair.row), k, a.factors(pair.col), l, 1, H, weights_);
  }
}

/** Σ_n (x_n ⊗ x'_n) (S_n)ᵀ, S_n = Σ_j δ_nj δ'_njᵀ: (inputs · inputs') × (units · units'). */
void DenseAssembly::addKronecker(const Pair& pair, int worker) {
  const SampleGradients& a = *gradients_;
  const GradientPart& row = a.parts()[pair.row];
  const GradientPart& col = a.parts()[pair.col];
  const bool self = pair.row == pair.col;
  const int64_t full = row.units * col.units, units = self ? row.units * (row.units + 1) / 2 : full;
  const int64_t inputs = row.inputs * col.inputs, r = a.count();
  const int64_t step = std::min(std::max<int64_t>(kBlockDoubles / (inputs + units), 16), a.rows());
  double* outer = scratch(worker, step * (inputs + units) + inputs * units + full);
  double* sums = outer + step * inputs;
  double* products = sums + step * units;
  double* square = products + inputs * units;
  for (int64_t begin = 0; begin < a.rows(); begin += step) {
    const int64_t rows = std::min(step, a.rows() - begin);
    const auto rowsOf = [&](size_t part, int64_t cols) {
      return a.inputs(part) == nullptr ? nullptr : a.inputs(part) + begin * cols;
    };
    outerRows(rows, rowsOf(pair.row, row.inputs), row.inputs, rowsOf(pair.col, col.inputs), col.inputs, outer);
    for (int64_t n = 0; n < rows; ++n) {
      double* S = self ? square : sums + n * units;
      blas::gemm(true, false, row.units, col.units, r, 1, a.factors(pair.row) + (begin + n) * r * row.units, row.units,
                 a.factors(pair.col) + (begin + n) * r * col.units, col.units, 0, S, col.units);
      if (self) packLower(row.units, S, sums + n * units);
    }
    blas::gemm(true, false, inputs, units, rows, 1, outer, inputs, sums, units, begin == 0 ? 0 : 1, products, units);
  }
  addProducts(pair, products);
}

/** To the places of ((i, u), (l, v)): rows i · units + u of one part, columns l · units' + v of the other. */
void DenseAssembly::addProducts(const Pair& pair, const double* products) {
  const GradientPart& row = gradients_->parts()[pair.row];
  const GradientPart& col = gradients_->parts()[pair.col];
  const bool self = pair.row == pair.col;
  const int64_t rowStart = starts_[pair.row], colStart = starts_[pair.col];
  for (int64_t i = 0; i < row.inputs; ++i) {
    for (int64_t l = 0; l < col.inputs; ++l) {
      for (int64_t u = 0; u < row.units; ++u) {
        const int64_t last = self ? u + 1 : col.units;  // of a block with itself u ≥ v: the rest follows by symmetry
        for (int64_t v = 0; v < last; ++v, ++products) {
          const int64_t to = rowStart + i * row.units + u, from = colStart + l * col.units + v;
          if (self && u == v && l > i) continue;  // seen at (l, i)
          ordered_[std::max(to, from) * weights_ + std::min(to, from)] += *products;
        }
      }
    }
  }
}

/** Row q · r + j of sums_ is Σ_n Q_nq a_nj, started afresh at the first chunk. */
void DenseAssembly::contract(const Contraction& contraction, int64_t begin) {
  const int64_t slices = (contraction.columns + kContractionColumns - 1) / kContractionColumns;
  pool_.run(slices * static_cast<int64_t>(starts_.size()), [&](int64_t task, int worker) {
    const int64_t first = task % slices * kContractionColumns;
    const int64_t last = std::min(first + kContractionColumns, contraction.columns);
    contractPart(task / slices, contraction, begin, first, last, worker);
  });
}

/** Columns first … last − 1: Σ_n (Q_nq x_n) (δ_n1 … δ_nr) in one product. */
void DenseAssembly::contractPart(size_t part, const Contraction& contraction, int64_t begin, int64_t first,
                                 int64_t last, int worker) {
  const SampleGradients& a = *gradients_;
  const auto& [weights, array, inputs, units] = a.parts()[part];
  const int64_t r = a.count(), columns = (last - first) * inputs, cotangents = r * units;
  double* weighted = scratch(worker, columns * (a.rows() + cotangents));
  double* products = weighted + a.rows() * columns;
  for (int64_t n = 0; n < a.rows(); ++n) {
    const double* Q = contraction.with + (begin + n) * contraction.columns + first;
    const double* x = a.inputs(part) == nullptr ? nullptr : a.inputs(part) + n * inputs;
    outerRows(1, Q, last - first, x, inputs, weighted + n * columns);
  }
  blas::gemm(true, false, columns, cotangents, a.rows(), 1, weighted, columns, a.factors(part), cotangents, 0, products,
             cotangents);
  for (int64_t q = first; q < last; ++q) {
    for (int64_t i = 0; i < inputs; ++i) {
      for (int64_t j = 0; j < r; ++j, products += units) {
        double* to = sums_.data() + (q * r + j) * weights_ + starts_[part] + i * units;
        if (begin == 0) {
          std::copy_n(products, units, to);
        } else {
          for (int64_t u = 0; u < units; ++u) to[u] += products[u];
        }
      }
    }
  }
}

/** From the order of the parts to θ's, both triangles, with the regulariser. */
void DenseAssembly::scatter(std::vector<double>& H) const {
  const int64_t P = problem_.weights;
  std::vector<int32_t> order;
  for (const GradientPart& part : gradients_->parts())
    order.insert(order.end(), part.weights.begin(), part.weights.end());
  std::fill(H.begin(), H.end(), 0.0);
  for (int64_t i = 0; i < weights_; ++i) {
    for (int64_t j = 0; j <= i; ++j) {
      const double value = ordered_[i * weights_ + j];
      H[order[i] * P + order[j]] = value;
      H[order[j] * P + order[i]] = value;
    }
  }
  const Regularizer& regularizer = problem_.regularizer;
  for (int64_t i = 0; i < P; ++i) {
    for (int32_t e = regularizer.rowPointers[i]; e < regularizer.rowPointers[i + 1]; ++e) {
      H[i * P + regularizer.columns[e]] += regularizer.values[e];
    }
  }
}

int64_t DenseAssembly::memoryBytes() const {
  size_t doubles = ordered_.size() + sums_.size();
  for (const auto& own : scratch_) doubles += own.size();
  return 8 * static_cast<int64_t>(doubles) + (gradients_ ? gradients_->memoryBytes() : 0);
}

}  // namespace gnvpro
