#include "elimination/newton.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <limits>

#include "blas/blas.h"
#include "parallel/zeros.h"

namespace gnvpro {
namespace {

constexpr int64_t kMaxIterations = 200;
constexpr int64_t kMatrixFree = 400;      // where no factor is exact
constexpr int64_t kSamplesOfFeature = 8;  // so many make a preconditioner: the condition number is then about 4
constexpr double kArmijo = 1e-4;
constexpr double kRounding = 1e-14;      // the share of |F| that counts as rounding
constexpr double kTailRounding = 1e-10;  // where only the gradient tells steps apart: what is worse is no rounding
constexpr int kMaxHalvings = 40;

/**
 * As many iterations as a factorisation from some samples costs, about: without success until then, the preconditioner
 * serves no more. Their products are narrow, and run at a third of the speed of those that assemble H_W.
 */
int64_t krylovIterations(const Problem& problem, int64_t every) {
  const auto N = static_cast<double>(problem.samples.total), t = static_cast<double>(problem.targets);
  const auto m = static_cast<double>(problem.basis()), order = t * m;
  const double factorization = N / static_cast<double>(every) * order * order / 2 + order * order * order / 3;
  const double product = 3 * (4 * N * order + 4 * order * order);
  return static_cast<int64_t>(std::clamp(factorization / product, 8.0, 100.0));
}

double norm(const std::vector<double>& x) { return blas::norm2(static_cast<int64_t>(x.size()), x.data()); }

}  // namespace

NewtonElimination::NewtonElimination(const Problem& problem, ConvexLoss& loss, const Tiling& tiling, Pool& pool,
                                     const Poll& poll)
    : Elimination(problem, loss, tiling, pool),
      sums_(problem, tiling, pool),
      factor_(problem, loss, tiling, pool, poll),
      hessian_(problem, loss, tiling, pool),
      preconditioner_(nullptr),
      every_(std::max<int64_t>(1, problem.samples.total / (kSamplesOfFeature * problem.basis()))),
      g_(problem.targets * problem.basis()),
      D_(g_.size()),
      S_(zeros(problem.samples.count * problem.targets, poll)),
      SD_(zeros(problem.samples.count * problem.targets, poll)),
      trialS_(zeros(problem.samples.count * problem.targets, poll)),
      trialW_(g_.size()) {}

bool NewtonElimination::solve(const Features& features, Eliminated& at, const Cancel& cancel) {
  const double* Z = features.data();
  if (!allFinite(Z, problem_.features, tiling_, pool_)) return false;
  at.Z = Z;
  if (!begin(at, cancel)) return false;
  const auto began = std::chrono::steady_clock::now();
  preconditioner_ = hessian_.isReady() ? &hessian_ : nullptr;
  if (factor_.hessian().isReady()) preconditioner_ = &factor_.hessian();
  at.inner = {};
  double previous = std::numeric_limits<double>::infinity();
  for (;; ++at.inner.iterations) {
    const double gradientNorm = gradient(at);
    if (!std::isfinite(gradientNorm)) return false;
    at.inner.gradientNorm = reference_ > 0 ? gradientNorm / reference_ : 0;
    at.inner.status = InnerStatus::converged;
    if (gradientNorm <= problem_.innerTolerance * reference_) break;
    at.inner.status = InnerStatus::rounding;
    if (gradientNorm >= 0.5 * previous) break;
    at.inner.status = InnerStatus::iterationLimit;
    if (at.inner.iterations == kMaxIterations) break;
    if (!direction(at, gradientNorm, cancel)) return false;
    const double slope = -blas::dot(static_cast<int64_t>(g_.size()), g_.data(), D_.data());
    // Near the minimum the decrease of F drowns in rounding; the gradient then tells whether a step was any good.
    const bool isTail = slope <= kRounding * std::abs(objective(at.loss, at.W));
    if (!advance(at, -slope, isTail, cancel)) {
      at.inner.status = InnerStatus::stalled;
      break;
    }
    previous = isTail ? gradientNorm : std::numeric_limits<double>::infinity();
  }
  at.inner.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - began).count();
  at.regularization = objective(0, at.W);
  at.rank = problem_.basis();
  return std::isfinite(at.loss + at.regularization);
}

double NewtonElimination::objective(double loss, const std::vector<double>& W) const {
  return loss + 0.5 * problem_.alphaW * blas::dot(static_cast<int64_t>(W.size()), W.data(), W.data());
}

/** ∇_W into g, and its norm. */
double NewtonElimination::gradient(const Eliminated& at) {
  sums_.run(at.R.data(), at.Z, g_.data());
  const double scale = 1 / static_cast<double>(problem_.samples.total);
  for (size_t i = 0; i < g_.size(); ++i) g_[i] = scale * g_[i] + problem_.alphaW * at.W[i];
  return norm(g_);
}

/** The guess, or zero where that is better (or where the guess overflows); and the gradient at zero. */
bool NewtonElimination::begin(Eliminated& at, const Cancel& cancel) {
  if (atZero_.empty()) {
    std::fill(S_.begin(), S_.end(), 0.0);
    std::vector<double> gradients = zeros(problem_.samples.count * problem_.targets, [&] { cancel.poll(); });
    lossAtZero_ = loss_.evaluate(S_.data(), gradients.data(), at.curvature.data(), cancel);
    atZero_ = std::move(gradients);
  }
  sums_.run(atZero_.data(), at.Z, g_.data());
  reference_ = norm(g_) / static_cast<double>(problem_.samples.total);
  if (!std::isfinite(reference_)) return false;
  timesTransposed(problem_, tiling_, pool_, at.Z, at.W.data(), S_.data());
  at.loss = loss_.evaluate(S_.data(), at.R.data(), at.curvature.data(), cancel);
  if (objective(at.loss, at.W) <= lossAtZero_) return true;
  std::fill(at.W.begin(), at.W.end(), 0.0);
  std::fill(S_.begin(), S_.end(), 0.0);
  at.loss = loss_.evaluate(S_.data(), at.R.data(), at.curvature.data(), cancel);
  return std::isfinite(at.loss);
}

/**
 * D ≈ −H_W⁻¹ g by conjugate gradients. The factor of H_W pays, one for each Newton step does not: an old one
 * preconditions until it needs too many iterations, then one from a part of the samples, and where even that does not
 * serve, from more of them, and all. The forcing term keeps the quadratic convergence. False where H_W overflows.
 */
bool NewtonElimination::direction(Eliminated& at, double gradientNorm, const Cancel& cancel) {
  for (double& x : g_) x = -x;
  const double relative = gradientNorm / reference_;
  const double last = 0.3 * problem_.innerTolerance / relative;  // no more than the last iteration needs
  const double forcing = std::clamp(std::max(std::min(0.1, std::sqrt(relative)), last), 1e-12, 0.5);
  bool solved = preconditioner_ != nullptr && iterate(at, *preconditioner_, forcing, cancel);
  while (!solved) {
    if (!hessian_.factorize(at, every_)) return false;
    preconditioner_ = &hessian_;
    if (every_ == 1) {
      solveWithAll(at, forcing, cancel);
      break;
    }
    solved = iterate(at, hessian_, forcing, cancel);
    if (!solved) every_ = std::max<int64_t>(1, every_ / 4);
  }
  for (double& x : g_) x = -x;
  return true;
}

/** False where the preconditioner serves no more. */
bool NewtonElimination::iterate(Eliminated& at, const InnerHessian& preconditioner, double tolerance,
                                const Cancel& cancel) {
  const auto outcome =
      factor_.conjugateGradients(at, g_.data(), preconditioner, tolerance, krylovIterations(problem_, every_),
                                 NewtonFactor::Patience::foresight, D_.data(), cancel);
  at.inner.krylovIterations += outcome.iterations;
  return outcome.converged;
}

/** By the factor of H_W, or what there is of it. */
void NewtonElimination::solveWithAll(Eliminated& at, double tolerance, const Cancel& cancel) {
  if (hessian_.isExact()) {
    D_ = g_;
    hessian_.solve(D_.data());
    return;
  }
  const auto outcome = factor_.conjugateGradients(at, g_.data(), hessian_, tolerance, kMatrixFree,
                                                  NewtonFactor::Patience::toTheEnd, D_.data(), cancel);
  at.inner.krylovIterations += outcome.iterations;
}

/** W + D, or as much of D as lowers the objective enough. False where nothing does. */
bool NewtonElimination::advance(Eliminated& at, double slope, bool isTail, const Cancel& cancel) {
  timesTransposed(problem_, tiling_, pool_, at.Z, D_.data(), SD_.data());
  const double before = objective(at.loss, at.W);
  const double allowance = (isTail ? kTailRounding : kRounding) * std::abs(before);
  double length = 1;
  for (int halving = 0;; ++halving, length *= 0.5) {
    for (size_t i = 0; i < trialW_.size(); ++i) trialW_[i] = at.W[i] + length * D_[i];
    tiling_.visit(pool_, [&](const Tile& tile, const Place&) {
      const int64_t end = tile.end * problem_.targets;
      for (int64_t i = tile.begin * problem_.targets; i < end; ++i) trialS_[i] = S_[i] + length * SD_[i];
    });
    // With the derivatives at once: the whole step is nearly always good.
    const double loss = loss_.evaluate(trialS_.data(), at.R.data(), at.curvature.data(), cancel);
    if (objective(loss, trialW_) <= before + kArmijo * length * slope + allowance) {
      std::swap(at.W, trialW_);
      std::swap(S_, trialS_);
      at.loss = loss;
      return true;
    }
    if (halving == kMaxHalvings) break;
  }
  at.loss = loss_.evaluate(S_.data(), at.R.data(), at.curvature.data(), cancel);
  return false;
}

int64_t NewtonElimination::memoryBytes() const {
  return 8 * static_cast<int64_t>(atZero_.size() + 3 * S_.size() + 3 * g_.size()) + sums_.memoryBytes() +
         factor_.memoryBytes() + hessian_.memoryBytes();
}

}  // namespace gnvpro
