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
      ordered_(layout_.weights() * layout_.weights()) {}

int64_t DenseAssembly::assemble(const Point& point, std::vector<double>& H, const Cancel& cancel) {
  const double N = static_cast<double>(problem_.samples);
  const Projected& at = point.projected;
  std::fill(ordered_.begin(), ordered_.end(), 0.0);
  const std::vector<double> L = factorRows(problem_, at.W, 1 / std::sqrt(N));
  const int64_t rank = static_cast<int64_t>(L.size()) / problem_.features;
  runChunks(point, L, rank, true, at.B.data(), problem_.basis(), -1, cancel);
  int64_t passes = rank;
  if (problem_.jacobian == Jacobian::golubPereyra) {
    const std::vector<double> T = inverseRows(problem_, at.T, 1 / N);
    runChunks(point, T, problem_.basis(), false, at.R.data(), problem_.targets, 1, cancel);
    passes += problem_.basis();
  }
  scatter(H);
  return passes;
}

int64_t DenseAssembly::chunkRows(int64_t cotangents) const {
  const int64_t perRow = cotangents * (program_.sampleOutputColumns[0] + 2 * layout_.units());
  const int64_t fitting = std::max<int64_t>(64, kChunkDoubles / std::max<int64_t>(perRow, 1));
  const int64_t chunks = (problem_.samples + fitting - 1) / fitting;
  return (problem_.samples + chunks - 1) / chunks;
}

/**
 * Adds, over all samples, the Gram matrix of the per-sample gradients (if asked for) and sign times that of their
 * contractions with the columns of `contractWith` (N × columns).
 */
void DenseAssembly::runChunks(const Point& point, const std::vector<double>& cotangents, int64_t count, bool gram,
                              const double* contractWith, int64_t columns, double sign, const Cancel& cancel) {
  const int64_t rows = chunkRows(count), weights = layout_.weights();
  SampleGradients gradients(problem_, program_, layout_, rows, count, pool_);
  std::vector<double> sums(columns * count * weights);
  for (int64_t begin = 0; begin < problem_.samples; begin += rows) {
    gradients.compute(point, {begin, std::min(rows, problem_.samples - begin)}, cotangents.data(), count, cancel);
    if (gram) addGram(gradients);
    contract(gradients, contractWith + begin * columns, columns, begin == 0, sums);
  }
  scratchBytes_ = std::max(scratchBytes_, gradients.memoryBytes() + 8 * static_cast<int64_t>(sums.size()));
  blas::syrkLower(weights, columns * count, sign, sums.data(), weights, 1, ordered_.data(), weights);
}

void DenseAssembly::addGram(const SampleGradients& a) {
  const int64_t units = layout_.units();
  // Each task owns its part of H, so that the order of sums does not depend on the threads.
  pool_.run(units + 2, [&](int64_t task, int) {
    if (task == 0) addOthers(a);
    if (task == 1) addCross(a);
    if (task >= 2) addKroneckerRow(a, task - 2);
  });
}

/** Σ_n a_n a_nᵀ of the weights outside the Kronecker block: all cotangents' rows under each other. */
void DenseAssembly::addOthers(const SampleGradients& a) {
  const int64_t first = layout_.kroneckerWeights(), p = layout_.others(), weights = layout_.weights();
  double* H = ordered_.data() + first * (weights + 1);
  if (p == 0) return;
  const bool contiguous = a.cotangentStride() == a.rows() * a.stride();
  const int64_t blocks = contiguous ? 1 : a.count();
  const int64_t rows = contiguous ? a.count() * a.rows() : a.rows();
  for (int64_t j = 0; j < blocks; ++j) blas::syrkLower(p, rows, 1, a.others(j), a.stride(), 1, H, weights);
}

/** Rows of the other weights, columns of the Kronecker block: Σ_n (Σ_j T_nj ⊗ δ_nj) ⊗ y_n. */
void DenseAssembly::addCross(const SampleGradients& a) {
  const int64_t k = layout_.units(), p = layout_.others(), d = problem_.inputs, weights = layout_.weights();
  if (k == 0 || p == 0) return;
  const int64_t step = std::clamp<int64_t>(kCrossDoubles / (k * p), 8, a.rows());
  std::vector<double> products(step * k * p), block(k * p * d);
  for (int64_t begin = 0; begin < a.rows(); begin += step) {
    const int64_t rows = std::min(step, a.rows() - begin);
    for (int64_t n = 0; n < rows; ++n) {
      const double* factor = a.factors() + (begin + n) * a.count() * k;  // cotangents × units
      const double* others = a.others(0) + (begin + n) * a.stride();     // cotangents × others
      blas::gemm(true, false, k, p, a.count(), 1, factor, k, others, a.cotangentStride(), 0, products.data() + n * k * p,
                 p);
    }
    blas::gemm(true, false, k * p, d, rows, 1, products.data(), k * p, a.inputs() + begin * d, d, begin == 0 ? 0 : 1,
               block.data(), d);
  }
  for (int64_t unit = 0; unit < k; ++unit) {
    for (int64_t q = 0; q < p; ++q) {
      double* row = ordered_.data() + (layout_.kroneckerWeights() + q) * weights;
      for (int64_t i = 0; i < d; ++i) row[i * k + unit] += block[(unit * p + q) * d + i];
    }
  }
}

/** Blocks (unit, b), b ≤ unit, of the Kronecker block: Yᵀ diag(Σ_j δ_j,unit δ_j,b) Y. */
void DenseAssembly::addKroneckerRow(const SampleGradients& a, int64_t unit) {
  const int64_t k = layout_.units(), d = problem_.inputs, weights = layout_.weights(), r = a.count();
  const int64_t blocks = unit + 1;
  std::vector<double> weighted(a.rows() * blocks * d), products(blocks * d * d);
  for (int64_t n = 0; n < a.rows(); ++n) {
    const double* factor = a.factors() + n * r * k;
    const double* y = a.inputs() + n * d;
    for (int64_t b = 0; b < blocks; ++b) {
      double t = 0;
      for (int64_t j = 0; j < r; ++j) t += factor[j * k + unit] * factor[j * k + b];
      double* row = weighted.data() + (n * blocks + b) * d;
      for (int64_t i = 0; i < d; ++i) row[i] = t * y[i];
    }
  }
  blas::gemm(true, false, blocks * d, d, a.rows(), 1, weighted.data(), blocks * d, a.inputs(), d, 0, products.data(), d);
  for (int64_t b = 0; b < blocks; ++b) {
    for (int64_t i = 0; i < d; ++i) {
      for (int64_t l = 0; l < d; ++l) {
        // The block is symmetric in (i, l); only entries in the lower triangle are kept.
        const int64_t row = i * k + unit, col = l * k + b;
        const double value = products[(b * d + i) * d + l];
        if (row >= col) ordered_[row * weights + col] += value;
        if (b != unit && col > row) ordered_[col * weights + row] += value;
      }
    }
  }
}

/** sums (columns · cotangents × weights) of Σ_n Q_nq a_nj, started afresh at the first chunk. */
void DenseAssembly::contract(const SampleGradients& a, const double* Q, int64_t columns, bool first,
                             std::vector<double>& sums) {
  const int64_t k = layout_.units(), p = layout_.others(), d = problem_.inputs, weights = layout_.weights();
  const int64_t kronecker = layout_.kroneckerWeights(), r = a.count();
  const double beta = first ? 0 : 1;
  // Row q · r + j of sums; every task writes rows, or columns of rows, of its own.
  pool_.run(columns + r, [&](int64_t task, int) {
    if (task >= columns) {
      const int64_t j = task - columns;
      if (p == 0) return;
      blas::gemm(true, false, columns, p, a.rows(), 1, Q, columns, a.others(j), a.stride(), beta,
                 sums.data() + j * weights + kronecker, r * weights);
      return;
    }
    if (k == 0) return;
    std::vector<double> weighted(a.rows() * d), block(d * r * k);
    for (int64_t n = 0; n < a.rows(); ++n) {
      const double factor = Q[n * columns + task];
      for (int64_t i = 0; i < d; ++i) weighted[n * d + i] = factor * a.inputs()[n * d + i];
    }
    blas::gemm(true, false, d, r * k, a.rows(), 1, weighted.data(), d, a.factors(), r * k, 0, block.data(), r * k);
    for (int64_t j = 0; j < r; ++j) {
      double* row = sums.data() + (task * r + j) * weights;
      for (int64_t i = 0; i < d; ++i) {
        for (int64_t unit = 0; unit < k; ++unit) {
          row[i * k + unit] = beta * row[i * k + unit] + block[i * r * k + j * k + unit];
        }
      }
    }
  });
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

int64_t DenseAssembly::memoryBytes() const { return 8 * static_cast<int64_t>(ordered_.size()) + scratchBytes_; }

}  // namespace gnvpro
