#include "operator/convex.h"

#include <algorithm>

#include "blas/blas.h"
#include "parallel/zeros.h"

namespace gnvpro {
namespace {

constexpr double kExact = 1e-12;  // where H_W is too large to be factorised
constexpr int64_t kMaxIterations = 1000;

}  // namespace

ConvexObjective::ConvexObjective(const Problem& problem, const Programs& programs, const Tiling& tiling, Pool& pool,
                                 Stopwatch& stopwatch, const Poll& poll)
    : problem_(problem),
      programs_(programs),
      pool_(pool),
      stopwatch_(stopwatch),
      loss_(makeConvexLoss(problem, tiling, pool, poll)),
      projection_(problem, *loss_, tiling, pool, poll),
      network_(problem, *programs.jvp, *programs.vjp, tiling, pool, stopwatch, poll),
      hessian_(problem, *loss_, tiling, pool),
      inner_(problem, *loss_, tiling, pool, poll),
      curvedSums_(tiling, problem.targets * problem.basis(), pool),
      slantedSums_(tiling, problem.targets * problem.basis(), pool),
      E_(zeros(problem.samples.count * problem.targets, poll)),
      SE_(zeros(problem.samples.count * problem.targets, poll)),
      k_(problem.targets * problem.basis()),
      q_(k_.size()),
      X_(k_.size()),
      Y_(k_.size()) {}

std::unique_ptr<Projected> ConvexObjective::allocate(const Poll& poll) const {
  return allocateConvex(problem_, *loss_, poll);
}

bool ConvexObjective::project(const double* Z, const double* start, Projected& out, const Cancel& cancel) {
  return projection_.solve(Z, start, &hessian_, static_cast<ConvexProjected&>(out), cancel);
}

void ConvexObjective::setPoint(const Point* point) {
  network_.setPoint(point);
  point_ = point;
  hessian_.drop();
}

void ConvexObjective::product(const double* v, double* Hv, double* slope, const Cancel& cancel) {
  linearize(v, cancel);
  if (slope != nullptr)
    std::transform(k_.begin(), k_.end(), q_.begin(), slope, [](double a, double b) { return a + b; });
  X_ = k_;
  solve(X_.data(), cancel);
  if (full()) {
    Y_ = q_;
    solve(Y_.data(), cancel);
  }
  network_.backward(
      Hv, [this](const Tile& tile, const Place&) { fillCotangent(tile); }, cancel);
  problem_.regularizer.addProduct(v, Hv);
}

/** K ← H_W⁻¹ K, exactly: by the factor, or by conjugate gradients where there is none. */
void ConvexObjective::solve(double* K, const Cancel& cancel) {
  const Timer timer(stopwatch_.projection);
  factorize();
  if (hessian_.isExact()) {
    hessian_.solve(K);
    return;
  }
  inner_.setPoint(point_->Z.data(), at().curvature.data());
  const std::vector<double> right(K, K + k_.size());
  inner_.solve(right.data(), hessian_, kExact, kMaxIterations, InnerOperator::Patience::toTheEnd, K, cancel);
}

void ConvexObjective::factorize() {
  const bool isReady = hessian_.isReady() || hessian_.factorize(point_->Z.data(), at().curvature.data());
  if (!isReady) throw blas::LapackError("dpotrf", 1);
}

/** D, E, k and q along v. */
void ConvexObjective::linearize(const double* v, const Cancel& cancel) {
  network_.forward(
      v, [this](const Tile& tile, const Place& place) { accumulate(tile, place); }, cancel);
  curvedSums_.total(k_.data());
  slantedSums_.total(q_.data());
  const double scale = 1 / static_cast<double>(problem_.samples.total);
  for (double& x : k_) x *= scale;
  for (double& x : q_) x *= scale;
}

void ConvexObjective::accumulate(const Tile& tile, const Place& place) {
  const int64_t t = problem_.targets;
  const double* curvature = at().curvature.data() + tile.begin * loss_->curvatureColumns();
  double* SE = SE_.data() + tile.begin * t;
  timesTransposedWeights(problem_, tile, network_.D(), at().W.data(), E_.data());
  loss_->curve(tile.rows(), curvature, E_.data() + tile.begin * t, SE);
  curvedSums_.add(place,
                  [&](double* sum) { addTransposedTimes(problem_, tile, SE, point_->Z.data(), place.isFirst, sum); });
  // q has no column for the bias: the derivative of a column of ones is zero.
  slantedSums_.add(place, [&](double* sum) {
    addTransposedFeatures(problem_, tile, at().R.data() + tile.begin * t, network_.D(), place.isFirst, sum);
  });
}

/** S(E − Z̃Xᵀ) W/N + g Y/N */
void ConvexObjective::fillCotangent(const Tile& tile) {
  const int64_t t = problem_.targets, N = tile.rows();
  const double scale = 1 / static_cast<double>(problem_.samples.total);
  double* rest = SE_.data() + tile.begin * t;
  timesTransposed(problem_, tile, point_->Z.data(), X_.data(), SE_.data());
  const double* E = E_.data() + tile.begin * t;
  for (int64_t i = 0; i < N * t; ++i) rest[i] = E[i] - rest[i];
  loss_->curve(N, at().curvature.data() + tile.begin * loss_->curvatureColumns(), rest, rest);
  timesWeights(problem_, tile, scale, SE_.data(), at().W.data(), false, network_.U());
  if (full()) timesWeights(problem_, tile, scale, at().R.data(), Y_.data(), true, network_.U());
}

void ConvexObjective::slope(const double* v, double* out, const Cancel& cancel) {
  linearize(v, cancel);
  std::transform(k_.begin(), k_.end(), q_.begin(), out, [](double a, double b) { return a + b; });
}

std::vector<double> ConvexObjective::predict(const std::vector<double>& slope, const Cancel& cancel) {
  std::vector<double> change = slope, W = at().W;
  solve(change.data(), cancel);
  blas::axpy(static_cast<int64_t>(W.size()), -1, change.data(), W.data());
  return W;
}

std::vector<double> ConvexObjective::jacobianProduct(const double* v, const Cancel& cancel) {
  const int64_t N = problem_.samples.count, m = problem_.basis(), t = problem_.targets;
  std::vector<double> dW(t * m), J((N + m) * t);
  slope(v, dW.data(), cancel);
  solve(dW.data(), cancel);
  for (double& x : dW) x = -x;
  timesTransposed(problem_, {0, N}, point_->Z.data(), dW.data(), J.data());
  blas::axpy(N * t, 1, E_.data(), J.data());
  putBelow(problem_, dW.data(), J);
  return J;
}

/** With Λ = −H_W⁻¹(UᵀZ̃ + U_Wᵀ) the cotangent of Z is U W + g Λ/N + S(Z̃Λᵀ) W/N. */
std::vector<double> ConvexObjective::jacobianTransposeProduct(const double* u, const Cancel& cancel) {
  const int64_t N = problem_.samples.count, m = problem_.basis(), t = problem_.targets;
  const double scale = 1 / static_cast<double>(problem_.samples.total);
  std::vector<double> Lambda(t * m), curved(N * t), g(problem_.weights);
  addTransposedTimes(problem_, {0, N}, u, point_->Z.data(), true, Lambda.data());
  addFromBelow(problem_, u, Lambda.data());
  solve(Lambda.data(), cancel);
  for (double& x : Lambda) x = -x;
  timesTransposed(problem_, {0, N}, point_->Z.data(), Lambda.data(), curved.data());
  loss_->curve(N, at().curvature.data(), curved.data(), curved.data());
  for (int64_t i = 0; i < N * t; ++i) curved[i] = scale * curved[i] + u[i];
  timesWeights(problem_, {0, N}, 1, curved.data(), at().W.data(), false, network_.U());
  timesWeights(problem_, {0, N}, scale, at().R.data(), Lambda.data(), true, network_.U());
  network_.backward(g.data(), nullptr, cancel);
  return g;
}

int64_t ConvexObjective::assemble(double, std::vector<double>& H, const Cancel& cancel) {
  if (!hessian_.isExact()) return assembleByProducts(problem_.weights, H, cancel);
  if (!assembly_)
    assembly_ = std::make_unique<ConvexDense>(problem_, *loss_, *programs_.perSample, programs_.layout, pool_);
  {
    const Timer timer(stopwatch_.projection);
    factorize();
  }
  return assembly_->assemble(*point_, hessian_, H, cancel);
}

int64_t ConvexObjective::memoryBytes() const {
  const size_t own = E_.size() + SE_.size() + 4 * k_.size();
  const int64_t assembly = assembly_ ? assembly_->memoryBytes() : 0;
  return 8 * static_cast<int64_t>(own) + loss_->memoryBytes() + projection_.memoryBytes() + network_.memoryBytes() +
         hessian_.memoryBytes() + inner_.memoryBytes() + curvedSums_.memoryBytes() + slantedSums_.memoryBytes() +
         assembly;
}

}  // namespace gnvpro
