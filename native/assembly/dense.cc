#include "assembly/dense.h"

#include <algorithm>
#include <cmath>

#include "blas/blas.h"
#include "elimination/hat_basis.h"
#include "linalg/mirror.h"
#include "parallel/zeros.h"

namespace gnvpro {
namespace {

constexpr double kRounding = 1e-15;                // of the eigenvalues of WᵀW, features of one size
constexpr int64_t kMostRows = 512;                 // of a chunk
constexpr int64_t kChunkDoubles = 1 << 20;         // what a chunk's gradients may take: 8 MiB
constexpr int64_t kContractionDoubles = 16 << 20;  // what the sums of the second part may take: 128 MiB

/** Samples in a chunk: by the sizes of the problem alone. */
int64_t chunkRows(const Problem& problem, const SampleGradientGroups& groups) {
  int64_t units = 0;
  for (const FactorGroup& group : groups.factors) units += group.units;
  const int64_t gradients = problem.features * (2 * static_cast<int64_t>(groups.rows.size()) + 4 * units);
  const int64_t perSample = gradients + FactorGram::doublesPerSample(groups.factors, problem.features);
  const int64_t fitting = std::clamp<int64_t>(kChunkDoubles / std::max<int64_t>(perSample, 1), 32, kMostRows);
  const int64_t chunks = (problem.samples.count + fitting - 1) / fitting;
  return (problem.samples.count + chunks - 1) / chunks;
}

/** Divides M (w × w) by the roots of its diagonal on both sides, and returns them; 1 where there is a zero. */
std::vector<double> normalise(std::vector<double>& M, int64_t w) {
  std::vector<double> sizes(w);
  for (int64_t i = 0; i < w; ++i) sizes[i] = M[i * (w + 1)] > 0 ? std::sqrt(M[i * (w + 1)]) : 1;
  for (int64_t i = 0; i < w; ++i) {
    for (int64_t j = 0; j < w; ++j) M[i * w + j] = M[i * w + j] / sizes[i] / sizes[j];
  }
  return sizes;
}

/**
 * L with M = LᵀL (w × w), without the directions that M does not see or that the tolerance leaves out. What M does not
 * see must not depend on the sizes of the features, as H does not: a large entry of W may stand for a small feature.
 */
std::vector<double> factorRows(std::vector<double> M, int64_t w, double tolerance) {
  const std::vector<double> sizes = tolerance > 0 ? std::vector<double>(w, 1.0) : normalise(M, w);
  std::vector<double> values(w), rows;
  blas::eigen(w, M.data(), values.data());
  for (int64_t j = w - 1; j >= 0 && values[j] > std::max(tolerance, kRounding) * values[w - 1]; --j) {
    const double length = std::sqrt(values[j]);
    for (int64_t i = 0; i < w; ++i) rows.push_back(length * M[j * w + i] * sizes[i]);
  }
  return rows;
}

/** Rows of so many columns, each times a number. */
std::vector<double> scaledRows(std::vector<double> A, const double* factors, int64_t columns) {
  for (size_t i = 0; i < A.size(); ++i) A[i] *= factors[static_cast<int64_t>(i) / columns];
  return A;
}

/** The leading w entries of the columns of T as rows, scaled. */
std::vector<double> inverseRows(const Problem& problem, const double* T, double scale) {
  const int64_t w = problem.features, m = problem.basis();
  std::vector<double> rows(m * w);
  for (int64_t q = 0; q < m; ++q) {
    for (int64_t i = 0; i < w; ++i) rows[q * w + i] = scale * T[i * m + q];
  }
  return rows;
}

/** Times √ω: values, of so many combinations × rows × columns. */
void scaleByRoots(const double* weights, int64_t combinations, int64_t rows, int64_t columns, double* values) {
  if (weights == nullptr) return;
  for (int64_t j = 0; j < combinations * rows; ++j) {
    const double root = std::sqrt(weights[j % rows]);
    for (int64_t i = 0; i < columns; ++i) values[j * columns + i] *= root;
  }
}

/** out (r × size) = L (r × w) · gradients (w × size): what each of w features has, for each of r combinations. */
void mixFeatures(int64_t r, int64_t w, const double* L, const double* gradients, int64_t size, double* out,
                 Pool& pool) {
  constexpr int64_t kPanel = 2048;
  pool.run((size + kPanel - 1) / kPanel, [&](int64_t panel, int) {
    const int64_t first = panel * kPanel;
    blas::gemm(false, false, r, std::min(kPanel, size - first), w, 1, L, w, gradients + first, size, 0, out + first,
               size);
  });
}

}  // namespace

DenseAssembly::DenseAssembly(const Problem& problem, const Network& network, Pool& pool)
    : problem_(problem),
      groups_(network.groups()),
      pool_(pool),
      capacity_(chunkRows(problem, groups_)),
      gradients_(network.sampleGradients(capacity_)),
      factorGram_(groups_.factors, problem.features, capacity_, pool),
      rowGram_(groups_.factors, groups_.rows, pool),
      hat_(groups_.factors, groups_.rows, problem.weights, problem.features, pool),
      second_(groups_.factors, groups_.rows, problem.weights, problem.features, pool),
      residual_(problem, network.keepsFeatures() || !problem.hasSecondPart() ? 0 : capacity_, 1),
      M_(problem.features * problem.features),
      G_(M_.size()) {
  for (const FactorGroup& group : groups_.factors)
    factors_.emplace_back(group, problem.features, capacity_, pool.threads());
}

int64_t DenseAssembly::assemble(const NetworkPoint& point, const Eliminated& at, const AssemblyRequest& request,
                                std::vector<double>& H, const Cancel& cancel) {
  const int64_t w = problem_.features, m = problem_.basis(), t = problem_.targets;
  const double N = static_cast<double>(problem_.samples.total);
  const std::vector<double> scaled = request.noise ? scaledRows(at.W, request.noise, m) : std::vector<double>();
  const double* W = request.noise ? scaled.data() : at.W.data();
  blas::gemm(true, false, w, w, t, 1 / N, W, m, W, m, 0, M_.data(), w);
  L_ = factorRows(M_, w, request.rankTolerance);
  const int64_t r = static_cast<int64_t>(L_.size()) / w;
  blas::gemm(true, false, w, w, r, 1, L_.data(), w, L_.data(), w, 0, M_.data(), w);
  const bool hasSecondPart = problem_.hasSecondPart() && !request.onlyFirstPart;
  if (hasSecondPart) {
    T_ = inverseRows(problem_, at.T.data(), 1 / N);
    blas::gemm(true, false, w, w, m, 1, T_.data(), w, T_.data(), w, 0, G_.data(), w);
  }
  factorGram_.reset();
  rowGram_.reset();
  hat_.reset(L_.data(), r, M_.data(), m);
  isSloped_ = request.slope != nullptr;
  if (isSloped_ && !slope_) {
    slope_ = std::make_unique<Contraction>(groups_.factors, groups_.rows, problem_.weights, w, pool_);
  }
  if (isSloped_) slope_->reset(L_.data(), r, M_.data(), m);
  // The sums of the second part take P × m × t numbers: where that is too many, some targets at a time.
  const int64_t fitting = std::max<int64_t>(1, kContractionDoubles / (problem_.weights * m));
  const int64_t rounds = hasSecondPart ? (t + fitting - 1) / fitting : 1;
  fillZeros(H, pool_);
  for (int64_t round = 0; round < rounds; ++round) {
    const int64_t first = t * round / rounds, end = t * (round + 1) / rounds;
    if (hasSecondPart) second_.reset(T_.data(), m, G_.data(), end - first);
    for (int64_t begin = 0; begin < problem_.samples.count; begin += capacity_) {
      const Chunk chunk{begin, std::min(capacity_, problem_.samples.count - begin)};
      computeGradients(point, chunk, cancel);
      if (round == 0) addFirstPart(at, chunk);
      cancel.poll();
      if (hasSecondPart) addSecondPart(residualOf(at, chunk) + first, chunk);
    }
    if (hasSecondPart) second_.addGram(1, H.data());
    cancel.poll();
  }
  factorGram_.scatter(H.data(), problem_.weights);
  rowGram_.scatter(H.data(), problem_.weights);
  hat_.addGram(-1, H.data());
  mirrorLower(problem_.weights, H.data(), pool_);
  if (!request.ofDataOnly) problem_.regularizer.addTo(H.data());
  if (isSloped_) {
    fillZeros(*request.slope, pool_);
    slope_->addGram(1, request.slope->data());
    mirrorLower(problem_.weights, request.slope->data(), pool_);
  }
  return w * rounds;
}

void DenseAssembly::computeGradients(const NetworkPoint& point, const Chunk& chunk, const Cancel& cancel) {
  gradients_->setChunk(point, chunk, cancel);
  for (Factors& factors : factors_) factors.setRows(chunk.rows);
  pool_.run(problem_.features, [&](int64_t feature, int worker) {
    gradients_->compute(feature, worker, cancel);
    for (Factors& factors : factors_) {
      factors.load(feature, gradients_->output(factors.group().output, feature), worker);
    }
  });
  for (Factors& factors : factors_) {
    factors.loadInputs(gradients_->inputs(), gradients_->inputColumns());
    factors.gather();
  }
}

const double* DenseAssembly::residualOf(const Eliminated& at, const Chunk& chunk) {
  return residual_.of(at, {chunk.begin, chunk.begin + chunk.rows}, gradients_->features(), 0);
}

const double* DenseAssembly::weights(const Chunk& chunk) const {
  return problem_.sampleWeights.empty() ? nullptr : problem_.sampleWeights.data() + chunk.begin;
}

void DenseAssembly::addFirstPart(const Eliminated& at, const Chunk& chunk) {
  const int64_t w = problem_.features, m = problem_.basis(), r = static_cast<int64_t>(L_.size()) / w;
  // What each sums up, by the columns of a matrix of which the chunk has these rows.
  struct Sum {
    Contraction& contraction;
    const double* Q;
  };
  B_.resize(std::max<size_t>(B_.size(), chunk.rows * m));
  basisRows(problem_, at, {chunk.begin, chunk.begin + chunk.rows}, gradients_->features(), B_.data());
  std::vector<Sum> sums = {{hat_, B_.data()}};
  if (isSloped_) {
    BT_.resize(std::max<size_t>(BT_.size(), chunk.rows * m));
    blas::gemm(false, true, chunk.rows, m, m, 1, sums[0].Q, m, at.T.data(), m, 0, BT_.data(), m);
    sums.push_back({*slope_, BT_.data()});
  }
  factorGram_.add(factors_, M_.data(), weights(chunk), chunk.rows);
  for (const Sum& sum : sums) sum.contraction.add(sum.Q, m, factors_, chunk.rows);
  if (!groups_.hasRows()) return;
  mixRows(L_, chunk.rows);
  for (const Sum& sum : sums) sum.contraction.addRows(sum.Q, m, mixed_.data(), chunk.rows);
  scaleByRoots(weights(chunk), r, chunk.rows, static_cast<int64_t>(groups_.rows.size()), mixed_.data());
  rowGram_.addRows(mixed_.data(), r, chunk.rows);
  for (size_t l = 0; l < factors_.size(); ++l) {
    const int64_t units = factors_[l].units(), size = chunk.rows * units;
    mixedFactors_.resize(std::max<size_t>(mixedFactors_.size(), r * size));
    mixFeatures(r, w, L_.data(), gradients_->output(factors_[l].group().output, 0), size, mixedFactors_.data(), pool_);
    scaleByRoots(weights(chunk), r, chunk.rows, units, mixedFactors_.data());
    rowGram_.addGroup(l, factors_[l], mixedFactors_.data(), mixed_.data(), r, chunk.rows);
  }
  if (!hat_.needsWeighted()) return;
  mixRows(M_, chunk.rows);
  for (const Sum& sum : sums) sum.contraction.addWeightedRows(sum.Q, m, mixed_.data(), chunk.rows);
}

/** R: the chunk's rows, from the first target of the round on. */
void DenseAssembly::addSecondPart(const double* R, const Chunk& chunk) {
  const int64_t t = problem_.targets;
  second_.add(R, t, factors_, chunk.rows);
  if (!groups_.hasRows()) return;
  mixRows(T_, chunk.rows);
  second_.addRows(R, t, mixed_.data(), chunk.rows);
  if (!second_.needsWeighted()) return;
  mixRows(G_, chunk.rows);
  second_.addWeightedRows(R, t, mixed_.data(), chunk.rows);
}

/** The gradients of the weights without factors, for combinations of features. */
void DenseAssembly::mixRows(const std::vector<double>& L, int64_t rows) {
  const int64_t w = problem_.features, size = rows * static_cast<int64_t>(groups_.rows.size());
  const int64_t combinations = static_cast<int64_t>(L.size()) / w;
  mixed_.resize(std::max<size_t>(mixed_.size(), combinations * size));
  mixFeatures(combinations, w, L.data(), gradients_->output(0, 0), size, mixed_.data(), pool_);
}

int64_t DenseAssembly::memoryBytes() const {
  int64_t bytes = gradients_->memoryBytes() + factorGram_.memoryBytes() + rowGram_.memoryBytes() + hat_.memoryBytes() +
                  second_.memoryBytes() +
                  8 * static_cast<int64_t>(mixed_.size() + mixedFactors_.size() + B_.size() + BT_.size());
  if (slope_) bytes += slope_->memoryBytes();
  for (const Factors& factors : factors_) bytes += factors.memoryBytes();
  return bytes;
}

}  // namespace gnvpro
