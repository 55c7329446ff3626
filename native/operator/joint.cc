#include "operator/joint.h"

#include <algorithm>
#include <cmath>

#include "blas/blas.h"
#include "parallel/zeros.h"
#include "samples/finite.h"

namespace gnvpro {

JointObjective::JointObjective(const Problem& problem, const Programs& programs, const Tiling& tiling, Pool& pool,
                               Stopwatch& stopwatch, const Poll& poll)
    : problem_(problem),
      tiling_(tiling),
      pool_(pool),
      loss_(makeConvexLoss(problem, tiling, pool, poll)),
      network_(problem, *programs.jvp, *programs.vjp, tiling, pool, stopwatch, poll),
      sums_(problem, tiling, pool),
      curvedSums_(tiling, problem.targets * problem.basis(), pool),
      E_(zeros(problem.samples.count * problem.targets, poll)) {}

std::unique_ptr<Projected> JointObjective::allocate(const Poll& poll) const {
  return allocateConvex(problem_, *loss_, poll);
}

bool JointObjective::project(const double* Z, const double* W, Projected& out, const Cancel& cancel) {
  auto& at = static_cast<ConvexProjected&>(out);
  if (!allFinite(Z, problem_.features, tiling_, pool_)) return false;
  const auto size = static_cast<int64_t>(at.W.size());
  std::copy_n(W, size, at.W.data());
  timesTransposed(problem_, tiling_, pool_, Z, W, at.S.data());
  at.loss = loss_->evaluate(at.S.data(), at.R.data(), at.curvature.data(), cancel);
  at.regularization = 0.5 * problem_.alphaW * blas::dot(size, W, W);
  at.rank = problem_.basis();
  return std::isfinite(at.loss + at.regularization);
}

void JointObjective::setPoint(const Point* point) {
  network_.setPoint(point);
  point_ = point;
}

/** The cotangent of Z is R W/N as in the reduced objective; ∇_W = RᵀZ̃/N + α_W W. */
void JointObjective::gradient(double* g, const Cancel& cancel) {
  network_.reducedGradient(g, cancel);
  double* gW = g + problem_.weights;
  sums_.run(at().R.data(), point_->Z.data(), gW);
  const double scale = 1 / static_cast<double>(problem_.samples.total);
  for (size_t i = 0; i < at().W.size(); ++i) gW[i] = scale * gW[i] + problem_.alphaW * at().W[i];
}

/** dS = D Wᵀ + Z̃ δWᵀ into E, tile by tile; `after` may go on with the tile's rows. */
void JointObjective::linearize(const double* v, const Executor::TileHook& after, const Cancel& cancel) {
  const int64_t w = problem_.features, m = problem_.basis(), t = problem_.targets;
  const double* V = v + problem_.weights;
  const auto predict = [&](const Tile& tile, const Place& place) {
    double* E = E_.data() + tile.begin * t;
    timesTransposed(problem_, tile, point_->Z.data(), V, E_.data());
    blas::gemm(false, true, tile.rows(), t, w, 1, network_.D() + tile.begin * w, w, at().W.data(), m, 1, E, t);
    if (after) after(tile, place);
  };
  network_.forward(v, predict, cancel);
}

void JointObjective::product(const double* v, double* Hv, double*, const Cancel& cancel) {
  const int64_t m = problem_.basis(), t = problem_.targets, P = problem_.weights;
  const double scale = 1 / static_cast<double>(problem_.samples.total);
  const auto curve = [&](const Tile& tile, const Place& place) {
    double* E = E_.data() + tile.begin * t;
    loss_->curve(tile.rows(), at().curvature.data() + tile.begin * loss_->curvatureColumns(), E, E);
    curvedSums_.add(place,
                    [&](double* sum) { addTransposedTimes(problem_, tile, E, point_->Z.data(), place.isFirst, sum); });
  };
  linearize(v, curve, cancel);
  const auto cotangent = [&](const Tile& tile, const Place&) {
    timesWeights(problem_, tile, scale, E_.data(), at().W.data(), false, network_.U());
  };
  network_.backward(Hv, cotangent, cancel);
  problem_.regularizer.addProduct(v, Hv);
  curvedSums_.total(Hv + P);
  for (int64_t i = 0; i < t * m; ++i) Hv[P + i] = scale * Hv[P + i] + problem_.alphaW * v[P + i];
}

std::vector<double> JointObjective::jacobianProduct(const double* v, const Cancel& cancel) {
  const int64_t N = problem_.samples.count, m = problem_.basis(), t = problem_.targets;
  std::vector<double> J((N + m) * t);
  linearize(v, nullptr, cancel);
  std::copy(E_.begin(), E_.end(), J.begin());
  putBelow(problem_, v + problem_.weights, J);
  return J;
}

std::vector<double> JointObjective::jacobianTransposeProduct(const double* u, const Cancel& cancel) {
  const int64_t N = problem_.samples.count;
  std::vector<double> g(problem_.unknowns());
  timesWeights(problem_, {0, N}, 1, u, at().W.data(), false, network_.U());
  network_.backward(g.data(), nullptr, cancel);
  double* gW = g.data() + problem_.weights;
  addTransposedTimes(problem_, {0, N}, u, point_->Z.data(), true, gW);
  addFromBelow(problem_, u, gW);
  return g;
}

int64_t JointObjective::assemble(double, std::vector<double>& H, const Cancel& cancel) {
  return assembleByProducts(problem_.unknowns(), H, cancel);
}

int64_t JointObjective::memoryBytes() const {
  return 8 * static_cast<int64_t>(E_.size()) + sums_.memoryBytes() + curvedSums_.memoryBytes() + loss_->memoryBytes() +
         network_.memoryBytes();
}

}  // namespace gnvpro
