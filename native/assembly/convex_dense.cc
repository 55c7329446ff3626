#include "assembly/convex_dense.h"

#include <algorithm>

#include "blas/blas.h"
#include "elimination/convex_projection.h"
#include "linalg/mirror.h"
#include "parallel/zeros.h"

namespace gnvpro {
namespace {

constexpr int64_t kMostRows = 256;          // of a chunk
constexpr int64_t kChunkDoubles = 1 << 20;  // what its gradients may take: 8 MiB
constexpr int64_t kBlock = 128;             // of H in one task

int64_t chunkRows(const Problem& problem) {
  const int64_t perSample = problem.weights * (problem.features + 2 * problem.targets);
  const int64_t fitting = std::clamp<int64_t>(kChunkDoubles / perSample, 8, kMostRows);
  return std::min(fitting, problem.samples.count);
}

}  // namespace

ConvexDense::ConvexDense(const Problem& problem, const ConvexLoss& loss, const Program& perSample,
                         SampleGradientLayout layout, Pool& pool)
    : problem_(problem),
      loss_(loss),
      groups_(layout, perSample),
      pool_(pool),
      capacity_(chunkRows(problem)),
      gradients_(problem, perSample, capacity_, pool),
      J_(problem.features * capacity_ * problem.weights),
      V_(capacity_ * problem.targets * problem.weights),
      SV_(V_.size()),
      Zt_(capacity_ * problem.basis()),
      K_(zeros(problem.targets * problem.basis() * problem.weights, [&] { pool.poll(); })),
      Q_(zeros(full() ? static_cast<int64_t>(K_.size()) : 0, [&] { pool.poll(); })) {}

int64_t ConvexDense::assemble(const Point& point, const InnerHessian& inner, std::vector<double>& H,
                              const Cancel& cancel) {
  const int64_t P = problem_.weights, t = problem_.targets, m = problem_.basis();
  fillZeros(H, pool_);
  fillZeros(K_, pool_);
  fillZeros(Q_, pool_);
  for (int64_t begin = 0; begin < problem_.samples.count; begin += capacity_) {
    const Chunk chunk{begin, std::min(capacity_, problem_.samples.count - begin)};
    computeGradients(point, chunk, cancel);
    addCurved(point, chunk);
    addSums(point, chunk);
    addGram(1 / static_cast<double>(problem_.samples.total), chunk.rows * t, V_.data(), SV_.data(), H.data());
    cancel.poll();
  }
  inner.halfSolve(K_.data(), P);
  addGram(-1, t * m, K_.data(), K_.data(), H.data());
  if (full()) {
    inner.halfSolve(Q_.data(), P);
    addGram(1, t * m, Q_.data(), Q_.data(), H.data());
  }
  mirrorLower(P, H.data(), pool_);
  problem_.regularizer.addTo(H.data());
  return problem_.features;
}

void ConvexDense::computeGradients(const Point& point, const Chunk& chunk, const Cancel& cancel) {
  gradients_.setChunk(point, chunk);
  pool_.run(problem_.features, [&](int64_t feature, int worker) {
    gradients_.compute(feature, worker, cancel);
    expand(feature, chunk);
  });
}

/** The gradients of a feature, rows × P, from their Kronecker factors and from those without. */
void ConvexDense::expand(int64_t feature, const Chunk& chunk) {
  const int64_t P = problem_.weights;
  const auto& inputs = gradients_.inputs();
  const auto& columnsOf = gradients_.inputColumns();
  double* J = J_.data() + feature * chunk.rows * P;
  std::fill_n(J, chunk.rows * P, 0.0);
  for (const FactorGroup& group : groups_.factors) {
    const double* factors = gradients_.output(group.output, feature);
    for (const FactorGroup::Input& input : group.inputs) {
      for (int64_t n = 0; n < chunk.rows; ++n) {
        const double x = input.array == kOnes ? 1 : inputs[input.array][n * columnsOf[input.array] + input.column];
        double* row = J + n * P + input.weight;
        for (int64_t a = 0; a < group.units; ++a) row[a] += x * factors[n * group.units + a];
      }
    }
  }
  const auto columns = static_cast<int64_t>(groups_.rows.size());
  for (int64_t c = 0; c < columns; ++c) {
    if (groups_.rows[c] < 0) continue;
    const double* gradients = gradients_.output(0, feature);
    for (int64_t n = 0; n < chunk.rows; ++n) J[n * P + groups_.rows[c]] += gradients[n * columns + c];
  }
}

/** V_n and S_n V_n. */
void ConvexDense::addCurved(const Point& point, const Chunk& chunk) {
  const int64_t P = problem_.weights, t = problem_.targets, w = problem_.features, m = problem_.basis();
  const int64_t columns = loss_.curvatureColumns();
  const ConvexProjected& at = convexOf(point);
  pool_.run(chunk.rows, [&](int64_t n, int) {
    double* V = V_.data() + n * t * P;
    double* SV = SV_.data() + n * t * P;
    blas::gemm(false, false, t, P, w, 1, at.W.data(), m, J_.data() + n * P, chunk.rows * P, 0, V, P);
    std::fill_n(SV, t * P, 0.0);
    for (int64_t j = 0; j < t; ++j) {
      for (int64_t k = 0; k < t; ++k) {
        double entry = 0;
        loss_.entries(1, at.curvature.data() + (chunk.begin + n) * columns, j, k, &entry, 1);
        if (entry != 0) blas::axpy(P, entry, V + k * P, SV + j * P);
      }
    }
    double* row = Zt_.data() + n * m;
    std::copy_n(point.Z.data() + (chunk.begin + n) * w, w, row);
    if (problem_.bias) row[w] = 1;
  });
}

/** The chunk's share of K and Q. */
void ConvexDense::addSums(const Point& point, const Chunk& chunk) {
  const int64_t P = problem_.weights, t = problem_.targets, w = problem_.features, m = problem_.basis();
  const double scale = 1 / static_cast<double>(problem_.samples.total);
  pool_.run(t, [&](int64_t j, int) {
    blas::gemm(true, false, m, P, chunk.rows, scale, Zt_.data(), m, SV_.data() + j * P, t * P, 1, K_.data() + j * m * P,
               P);
  });
  if (!full()) return;
  const double* g = convexOf(point).R.data() + chunk.begin * t;
  pool_.run(w, [&](int64_t i, int) {
    blas::gemm(true, false, t, P, chunk.rows, scale, g, t, J_.data() + i * chunk.rows * P, P, 1, Q_.data() + i * P,
               m * P);
  });
}

/** H += sign · leftᵀ right (both rows × P), which is symmetric: the blocks on and below the diagonal. */
void ConvexDense::addGram(double sign, int64_t rows, const double* left, const double* right, double* H) {
  const int64_t P = problem_.weights, blocks = (P + kBlock - 1) / kBlock;
  pool_.run(blocks * (blocks + 1) / 2, [&](int64_t task, int) {
    int64_t row = 0;
    while ((row + 1) * (row + 2) / 2 <= task) ++row;
    const int64_t i = row * kBlock, j = (task - row * (row + 1) / 2) * kBlock;
    blas::gemm(true, false, std::min(kBlock, P - i), std::min(kBlock, P - j), rows, sign, left + i, P, right + j, P, 1,
               H + i * P + j, P);
  });
}

int64_t ConvexDense::memoryBytes() const {
  const size_t own = J_.size() + V_.size() + SV_.size() + Zt_.size() + K_.size() + Q_.size();
  return 8 * static_cast<int64_t>(own) + gradients_.memoryBytes();
}

}  // namespace gnvpro
