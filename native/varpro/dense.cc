#include "varpro/dense.h"

#include <algorithm>
#include <cmath>

#include "blas/blas.h"

namespace gnvpro {
namespace {

constexpr int64_t kChunkDoubles = 8 * 1024 * 1024;  // per-sample gradients held at a time: 64 MiB
constexpr int64_t kCrossDoubles = 256 * 1024;       // per-sample products held at a time: 2 MiB

/** The columns of L with WᵀW = LLᵀ as rows, scaled; directions that W does not see are left out. */
std::vector<double> factorRows(const Problem& problem, const std::vector<double>& W, double scale) {
  const int64_t w = problem.features, m = problem.basis();
  std::vector<double> M(w * w), values(w), rows;
  blas::gemm(true, false, w, w, problem.targets, 1, W.data(), m, W.data(), m, 0, M.data(), w);
  const int info = blas::syevd(w, M.data(), w, values.data());
  if (info > 0) throw blas::LapackError("dsyevd", info);
  for (int64_t j = w - 1; j >= 0 && values[j] > 1e-15 * values[w - 1]; --j) {
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

}  // namespace

DenseAssembly::DenseAssembly(const Problem& problem, const Program& perSample, SampleGradientLayout layout, Pool& pool)
    : problem_(problem),
      program_(perSample),
      layout_(std::move(layout)),
      order_(layout_.order()),
      pool_(pool),
      scratch_(pool.threads()) {}

int64_t DenseAssembly::assemble(const Point& point, std::vector<double>& H, const Cancel& cancel) {
  prepare();
  const double N = static_cast<double>(problem_.samples);
  const Projected& at = point.projected;
  std::fill(ordered_.begin(), ordered_.end(), 0.0);
  const std::vector<double> L = factorRows(problem_, at.W, 1 / std::sqrt(N));
  const int64_t rank = static_cast<int64_t>(L.size()) / problem_.features;
  runChunks(point, L, rank, true, {at.B.data(), problem_.basis(), -1}, cancel);
  int64_t passes = rank;
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
  ordered_.resize(layout_.weights() * layout_.weights());
}

int64_t DenseAssembly::chunkRows(int64_t cotangents) const {
  const int64_t perRow = cotangents * (program_.sampleOutputColumns[0] + 2 * layout_.units());
  const int64_t fitting = std::max<int64_t>(64, kChunkDoubles / std::max<int64_t>(perRow, 1));
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
  const int64_t rows = chunkRows(problem_.basis()), weights = layout_.weights(), products = contraction.columns * count;
  if (static_cast<int64_t>(sums_.size()) < products * weights) sums_.resize(products * weights);
  for (int64_t begin = 0; begin < problem_.samples; begin += rows) {
    const Chunk chunk{begin, std::min(rows, problem_.samples - begin)};
    gradients_->compute(point, chunk, cotangents.data(), count, cancel);
    if (gram) addGram();
    contract(contraction, begin);
  }
  blas::syrkLower(weights, products, contraction.sign, sums_.data(), weights, 1, ordered_.data(), weights);
}

void DenseAssembly::addGram() {
  // Each task owns its part of H, so that the order of sums does not depend on the threads.
  pool_.run(layout_.units() + 2, [&](int64_t task, int worker) {
    if (task == 0) addOthers();
    if (task == 1) addCross(worker);
    if (task >= 2) addKroneckerRow(task - 2, worker);
  });
}

/** Σ_n a_n a_nᵀ of the weights outside the Kronecker block: all cotangents' rows under each other. */
void DenseAssembly::addOthers() {
  const SampleGradients& a = *gradients_;
  const int64_t first = layout_.kroneckerWeights(), p = layout_.others(), weights = layout_.weights();
  if (p == 0) return;
  double* H = ordered_.data() + first * (weights + 1);
  const bool contiguous = a.cotangentStride() == a.rows() * a.stride();
  const int64_t blocks = contiguous ? 1 : a.count();
  const int64_t rows = contiguous ? a.count() * a.rows() : a.rows();
  for (int64_t j = 0; j < blocks; ++j) blas::syrkLower(p, rows, 1, a.others(j), a.stride(), 1, H, weights);
}

/** Rows of the other weights, columns of the Kronecker block: Σ_n (Σ_j T_nj ⊗ δ_nj) ⊗ y_n. */
void DenseAssembly::addCross(int worker) {
  const SampleGradients& a = *gradients_;
  const int64_t k = layout_.units(), p = layout_.others(), d = problem_.inputs, weights = layout_.weights();
  if (k == 0 || p == 0) return;
  const int64_t step = std::min(std::max<int64_t>(kCrossDoubles / (k * p), 8), a.rows());
  double* products = scratch(worker, (step + d) * k * p);
  double* block = products + step * k * p;
  for (int64_t begin = 0; begin < a.rows(); begin += step) {
    const int64_t rows = std::min(step, a.rows() - begin);
    for (int64_t n = 0; n < rows; ++n) {
      const double* factor = a.factors() + (begin + n) * a.count() * k;  // cotangents × units
      const double* others = a.others(0) + (begin + n) * a.stride();     // cotangents × others
      blas::gemm(true, false, k, p, a.count(), 1, factor, k, others, a.cotangentStride(), 0, products + n * k * p, p);
    }
    blas::gemm(true, false, k * p, d, rows, 1, products, k * p, a.inputs() + begin * d, d, begin == 0 ? 0 : 1, block, d);
  }
  for (int64_t unit = 0; unit < k; ++unit) {
    for (int64_t q = 0; q < p; ++q) {
      double* row = ordered_.data() + (layout_.kroneckerWeights() + q) * weights;
      for (int64_t i = 0; i < d; ++i) row[i * k + unit] += block[(unit * p + q) * d + i];
    }
  }
}

/** Blocks (unit, b), b ≤ unit, of the Kronecker block: Yᵀ diag(Σ_j δ_j,unit δ_j,b) Y. */
void DenseAssembly::addKroneckerRow(int64_t unit, int worker) {
  const SampleGradients& a = *gradients_;
  const int64_t k = layout_.units(), d = problem_.inputs, weights = layout_.weights(), r = a.count();
  const int64_t blocks = unit + 1;
  double* weighted = scratch(worker, (a.rows() + d) * blocks * d);
  double* products = weighted + a.rows() * blocks * d;
  for (int64_t n = 0; n < a.rows(); ++n) {
    const double* factor = a.factors() + n * r * k;
    const double* y = a.inputs() + n * d;
    for (int64_t b = 0; b < blocks; ++b) {
      double t = 0;
      for (int64_t j = 0; j < r; ++j) t += factor[j * k + unit] * factor[j * k + b];
      double* row = weighted + (n * blocks + b) * d;
      for (int64_t i = 0; i < d; ++i) row[i] = t * y[i];
    }
  }
  blas::gemm(true, false, blocks * d, d, a.rows(), 1, weighted, blocks * d, a.inputs(), d, 0, products, d);
  for (int64_t b = 0; b < blocks; ++b) {
    for (int64_t i = 0; i < d; ++i) {
      for (int64_t l = 0; l < d; ++l) {
        // The block is symmetric in (i, l); each entry of the lower triangle is visited once.
        const int64_t row = i * k + unit, col = l * k + b;
        const double value = products[(b * d + i) * d + l];
        if (row >= col) ordered_[row * weights + col] += value;
        if (b != unit && col > row) ordered_[col * weights + row] += value;
      }
    }
  }
}

/** Row q · r + j of sums_ is Σ_n Q_nq a_nj, started afresh at the first chunk. */
void DenseAssembly::contract(const Contraction& contraction, int64_t begin) {
  const double* Q = contraction.with + begin * contraction.columns;
  const double beta = begin == 0 ? 0 : 1;
  // Every task writes rows, or columns of rows, of its own.
  pool_.run(contraction.columns + gradients_->count(), [&](int64_t task, int worker) {
    if (task < contraction.columns) {
      contractKronecker(contraction, Q, task, beta, worker);
    } else {
      contractOthers(contraction, Q, task - contraction.columns, beta);
    }
  });
}

void DenseAssembly::contractOthers(const Contraction& contraction, const double* Q, int64_t cotangent, double beta) {
  const SampleGradients& a = *gradients_;
  const int64_t p = layout_.others(), weights = layout_.weights(), columns = contraction.columns;
  if (p == 0) return;
  double* rows = sums_.data() + cotangent * weights + layout_.kroneckerWeights();
  blas::gemm(true, false, columns, p, a.rows(), 1, Q, columns, a.others(cotangent), a.stride(), beta, rows,
             a.count() * weights);
}

void DenseAssembly::contractKronecker(const Contraction& contraction, const double* Q, int64_t column, double beta,
                                      int worker) {
  const SampleGradients& a = *gradients_;
  const int64_t k = layout_.units(), d = problem_.inputs, weights = layout_.weights(), r = a.count();
  if (k == 0) return;
  double* weighted = scratch(worker, a.rows() * d + d * r * k);
  double* block = weighted + a.rows() * d;
  for (int64_t n = 0; n < a.rows(); ++n) {
    const double factor = Q[n * contraction.columns + column];
    for (int64_t i = 0; i < d; ++i) weighted[n * d + i] = factor * a.inputs()[n * d + i];
  }
  blas::gemm(true, false, d, r * k, a.rows(), 1, weighted, d, a.factors(), r * k, 0, block, r * k);
  for (int64_t j = 0; j < r; ++j) {
    double* row = sums_.data() + (column * r + j) * weights;
    for (int64_t i = 0; i < d; ++i) {
      for (int64_t unit = 0; unit < k; ++unit) {
        row[i * k + unit] = (beta == 0 ? 0 : row[i * k + unit]) + block[i * r * k + j * k + unit];
      }
    }
  }
}

/** From the layout's order to θ's, both triangles, with the regulariser. */
void DenseAssembly::scatter(std::vector<double>& H) const {
  const int64_t P = problem_.weights, weights = layout_.weights();
  std::fill(H.begin(), H.end(), 0.0);
  for (int64_t i = 0; i < weights; ++i) {
    for (int64_t j = 0; j <= i; ++j) {
      const double value = ordered_[i * weights + j];
      H[order_[i] * P + order_[j]] = value;
      H[order_[j] * P + order_[i]] = value;
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
