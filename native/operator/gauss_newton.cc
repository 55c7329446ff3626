#include "operator/gauss_newton.h"

#include <algorithm>
#include <functional>

#include "blas/blas.h"
#include "elimination/biased.h"

namespace gnvpro {
namespace {

/** W (t × m) below the N rows of a stack, transposed: m × t. */
void putBelow(const Problem& problem, const double* W, std::vector<double>& stack) {
  const int64_t N = problem.samples.count, m = problem.basis(), t = problem.targets;
  for (int64_t i = 0; i < m; ++i) {
    for (int64_t j = 0; j < t; ++j) stack[(N + i) * t + j] = W[j * m + i];
  }
}

/** W += what a stack has below its N rows, transposed. */
void addFromBelow(const Problem& problem, const double* stack, double* W) {
  const int64_t N = problem.samples.count, m = problem.basis(), t = problem.targets;
  for (int64_t i = 0; i < m; ++i) {
    for (int64_t j = 0; j < t; ++j) W[j * m + i] += stack[(N + i) * t + j];
  }
}

}  // namespace

GaussNewton::GaussNewton(const Problem& problem, Network& network, const ConvexLoss& loss, Elimination& elimination,
                         const Tiling& tiling, Pool& pool, Timings& timings, const Poll& poll)
    : problem_(problem),
      network_(network),
      loss_(loss),
      tiling_(tiling),
      pool_(pool),
      timings_(timings),
      factor_(elimination.factor()),
      residual_(problem, network.keepsFeatures() ? 0 : tiling.tileRows(), tiling.workers()),
      X_(sizeOfW()),
      Y_(sizeOfW()) {
  if (problem.joint) sums_ = std::make_unique<FeatureSums>(problem, tiling, pool);
  if (problem.isLinear()) {
    shortCut_ = std::make_unique<HatProduct>(problem, network, tiling, pool);
  } else {
    linearization_ = std::make_unique<Linearization>(problem, network, loss, tiling, pool, poll);
  }
}

void GaussNewton::setPoint(const Point& point) {
  network_.setPoint(point.network);
  point_ = &point;
  if (factor_ != nullptr) factor_->setPoint(at());
  if (shortCut_) shortCut_->setPoint(at());
}

/** The cotangent of Z is R W/N; ∇_W = RᵀZ̃/N + α_W W. */
void GaussNewton::gradient(double* g, const Cancel& cancel) {
  const double scale = 1 / static_cast<double>(problem_.samples.total);
  const auto cotangent = [&](const Tile& tile, const Place& place) {
    const double* R = residual_.of(at(), tile, network_.Z(tile, place.worker), place.worker);
    timesWeights(problem_, tile.rows(), scale, R, at().W.data(), false, network_.U(tile, place.worker));
  };
  network_.backward(g, nullptr, cotangent, cancel);
  blas::axpy(problem_.weights, 1, point_->regularizerGradient.data(), g);
  if (!sums_) return;
  double* gW = g + problem_.weights;
  sums_->run(at().R.data(), Z(), gW);
  for (int64_t i = 0; i < sizeOfW(); ++i) gW[i] = scale * gW[i] + problem_.alphaW * at().W[i];
}

void GaussNewton::product(const double* v, double* Hv, double* slope, const Cancel& cancel) {
  if (shortCut_) {
    shortCut_->product(v, Hv, cancel);
  } else {
    const Linearization& along = linearize(v, cancel);
    if (slope != nullptr) along.slope(slope);
    X_ = along.k();
    Y_ = along.q();
    if (factor_ != nullptr) solve(X_.data(), cancel);
    if (problem_.hasSecondPart()) solve(Y_.data(), cancel);
    network_.backward(
        Hv, nullptr, [this](const Tile& tile, const Place& place) { fillCotangent(tile, place.worker); }, cancel);
  }
  problem_.regularizer.addProduct(v, Hv);
  if (factor_ != nullptr) return;
  const int64_t P = problem_.weights;
  for (int64_t i = 0; i < sizeOfW(); ++i) Hv[P + i] = X_[i] + problem_.alphaW * v[P + i];
}

/** K ← H_W⁻¹ K */
void GaussNewton::solve(double* K, const Cancel& cancel) {
  const Timer timer(timings_.projection);
  factor_->solve(K, cancel);
}

Linearization& GaussNewton::linearize(const double* v, const Cancel& cancel) {
  if (!linearization_) {
    const Poll poll = [&] { cancel.poll(); };
    linearization_ = std::make_unique<Linearization>(problem_, network_, loss_, tiling_, pool_, poll);
  }
  linearization_->run(at(), v, cancel);
  return *linearization_;
}

/** S(E − Z̃Xᵀ) W/N + g Y/N; S dS W/N where W is given. */
void GaussNewton::fillCotangent(const Tile& tile, int worker) {
  const int64_t begin = tile.begin * problem_.targets, end = tile.end * problem_.targets;
  const double scale = 1 / static_cast<double>(problem_.samples.total);
  const double* E = linearization_->E();
  double* rest = linearization_->SE();
  if (factor_ != nullptr) {
    timesTransposed(problem_, tile, Z(), X_.data(), rest);
    for (int64_t i = begin; i < end; ++i) rest[i] = E[i] - rest[i];
    curve(problem_, loss_, tile, at(), rest + begin, rest + begin);
  }
  double* U = network_.U(tile, worker);
  timesWeights(problem_, tile.rows(), scale, rest + begin, at().W.data(), false, U);
  if (problem_.hasSecondPart()) timesWeights(problem_, tile.rows(), scale, at().R.data() + begin, Y_.data(), true, U);
}

void GaussNewton::follow(const double* v, double* dW, const Cancel& cancel) {
  const std::vector<double>& k = linearize(v, cancel).k();
  std::transform(k.begin(), k.end(), dW, std::negate<>());
  solve(dW, cancel);
}

void GaussNewton::slope(const double* v, double* out, const Cancel& cancel) { linearize(v, cancel).slope(out); }

std::vector<double> GaussNewton::predict(std::vector<double> slope, const Cancel& cancel) {
  solve(slope.data(), cancel);
  std::vector<double> W = at().W;
  blas::axpy(sizeOfW(), -1, slope.data(), W.data());
  return W;
}

std::vector<double> GaussNewton::jacobianProduct(const double* v, const Cancel& cancel) {
  const int64_t N = problem_.samples.count, t = problem_.targets;
  std::vector<double> J((N + problem_.basis()) * t);
  std::vector<double> dW(sizeOfW());
  if (factor_ == nullptr) {
    std::copy_n(linearization_->change(at(), v, cancel), N * t, J.data());
    std::copy_n(v + problem_.weights, sizeOfW(), dW.data());
  } else {
    const Linearization& along = linearize(v, cancel);
    dW = along.k();
    if (problem_.hasSecondPart()) along.slope(dW.data());
    solve(dW.data(), cancel);
    for (double& x : dW) x = -x;
    timesTransposed(problem_, {0, N}, Z(), dW.data(), J.data());
    blas::axpy(N * t, 1, along.E(), J.data());
  }
  putBelow(problem_, dW.data(), J);
  return J;
}

/** With Λ = −H_W⁻¹(UᵀZ̃ + U_Wᵀ) the cotangent of Z is U W + g Λ/N + S(Z̃Λᵀ) W/N; where W is given, U W. */
std::vector<double> GaussNewton::jacobianTransposeProduct(const double* u, const Cancel& cancel) {
  const int64_t N = problem_.samples.count, t = problem_.targets;
  const Tile all{0, N};
  const double scale = 1 / static_cast<double>(problem_.samples.total);
  std::vector<double> Lambda(sizeOfW()), curved(N * t), g(problem_.unknowns());
  addTransposedTimes(problem_, all, u, Z(), true, Lambda.data());
  addFromBelow(problem_, u, Lambda.data());
  if (factor_ == nullptr) {
    std::copy(Lambda.begin(), Lambda.end(), g.begin() + problem_.weights);
  } else {
    solve(Lambda.data(), cancel);
    timesTransposed(problem_, all, Z(), Lambda.data(), curved.data());
    curve(problem_, loss_, all, at(), curved.data(), curved.data());
  }
  for (int64_t i = 0; i < N * t; ++i) curved[i] = u[i] - scale * curved[i];
  const auto cotangent = [&](const Tile& tile, const Place& place) {
    double* U = network_.U(tile, place.worker);
    const int64_t begin = tile.begin * t;
    timesWeights(problem_, tile.rows(), 1, curved.data() + begin, at().W.data(), false, U);
    if (problem_.hasSecondPart()) {
      timesWeights(problem_, tile.rows(), -scale, at().R.data() + begin, Lambda.data(), true, U);
    }
  };
  network_.backward(g.data(), nullptr, cotangent, cancel);
  return g;
}

/** The assembly's memory is taken at the first call and kept: fresh pages would cost more than the arithmetic. */
int64_t GaussNewton::assemble(const AssemblyRequest& request, std::vector<double>& H, const Cancel& cancel) {
  if (!shortCut_) return assembleByProducts(H, cancel);
  if (!assembly_) assembly_ = std::make_unique<DenseAssembly>(problem_, network_, pool_);
  return assembly_->assemble(point_->network, at(), request, H, cancel);
}

/** The columns of H, made symmetric. */
int64_t GaussNewton::assembleByProducts(std::vector<double>& H, const Cancel& cancel) {
  const int64_t n = problem_.unknowns();
  std::vector<double> unit(n);
  for (int64_t i = 0; i < n; ++i) {
    unit[i] = 1;
    product(unit.data(), H.data() + i * n, nullptr, cancel);
    unit[i] = 0;
  }
  for (int64_t i = 0; i < n; ++i) {
    for (int64_t j = 0; j < i; ++j) H[i * n + j] = H[j * n + i] = 0.5 * (H[i * n + j] + H[j * n + i]);
  }
  return 2 * n;
}

int64_t GaussNewton::memoryBytes() const {
  const int64_t shortCut = shortCut_ ? shortCut_->memoryBytes() : 0,
                assembly = assembly_ ? assembly_->memoryBytes() : 0;
  return shortCut + assembly + (linearization_ ? linearization_->memoryBytes() : 0) + 16 * sizeOfW();
}

}  // namespace gnvpro
