#include "session/session.h"

#include <cmath>
#include <utility>

#include "blas/blas.h"
#include "parallel/zeros.h"

namespace gnvpro {
namespace {

const Evaluation kNotFinite{NAN, NAN, NAN, NAN, 0, std::nullopt, false};

}  // namespace

Session::Session(std::shared_ptr<const Problem> problem, Programs programs, int64_t pairs, int threads,
                 const Poll& poll)
    : shared_(std::move(problem)),
      problem_(*shared_),
      programs_(std::move(programs)),
      pool_(threads),
      tiling_(problem_.samples, programs_.columnsInFlight(), pool_.threads()),
      network_(problem_, programs_, tiling_, pool_, timings_, poll),
      loss_(makeConvexLoss(problem_, tiling_, pool_, poll)),
      elimination_(makeElimination(problem_, *loss_, tiling_, pool_, poll)),
      operator_(problem_, network_, *loss_, *elimination_, tiling_, pool_, timings_, poll),
      first_(std::make_unique<Point>(allocate(poll))),
      second_(std::make_unique<Point>(allocate(poll))),
      trial_(first_.get()),
      gradient_(problem_.unknowns()),
      pairs_(pairs),
      previousX_(problem_.unknowns()),
      previousGradient_(problem_.unknowns()) {}

Point Session::allocate(const Poll& poll) const {
  return {network_.allocate(poll), elimination_->allocate(poll), 0, std::vector<double>(problem_.weights)};
}

Evaluation Session::evaluate(const std::vector<double>& x, const StartOfW& start, const Cancel& cancel) {
  const Pool::Watch watch(pool_, cancel);
  trialReady_ = false;
  Point& point = *trial_;
  std::vector<double>& theta = point.network.theta;
  theta.assign(x.begin(), x.begin() + problem_.weights);
  network_.evaluate(point.network, cancel);
  const Timer timer(timings_.projection);
  Eliminated& at = point.eliminated;
  at.W = startOfW(x.data(), start, cancel);
  point.regularization = problem_.regularizer.evaluate(theta.data(), point.regularizerGradient.data());
  const bool finite = elimination_->solve(point.network.Z.data(), at, cancel) && std::isfinite(point.regularization);
  if (!finite) return kNotFinite;
  trialReady_ = true;
  return {at.loss + point.regularization + at.regularization,
          at.loss,
          point.regularization,
          at.regularization,
          at.rank,
          elimination_->iterates() ? std::optional(at.inner) : std::nullopt,
          true};
}

std::vector<double> Session::unknowns() const {
  std::vector<double> x = current_->network.theta;
  const std::vector<double>& W = current_->eliminated.W;
  if (problem_.joint) x.insert(x.end(), W.begin(), W.end());
  return x;
}

/** W where it is given; else where an iteration for it begins: at the current W, or what a step makes of it. */
std::vector<double> Session::startOfW(const double* x, const StartOfW& start, const Cancel& cancel) {
  const int64_t size = problem_.targets * problem_.basis();
  if (problem_.joint) return std::vector<double>(x + problem_.weights, x + problem_.weights + size);
  if (!start.W.empty()) return start.W;
  if (current_ == nullptr || !elimination_->iterates()) return std::vector<double>(size);
  if (!start.afterStep || !lastStep_) return current_->eliminated.W;
  std::vector<double> slope(size);
  if (lastStep_->coordinates.empty()) {
    operator_.slope(lastStep_->s.data(), slope.data(), cancel);
  } else {
    for (size_t k = 0; k < slopes_.size(); ++k) {
      blas::axpy(size, lastStep_->coordinates[k], slopes_[k].data(), slope.data());
    }
  }
  return operator_.predict(std::move(slope), cancel);
}

bool Session::accept() {
  if (!trialReady_) return false;
  operator_.setPoint(*trial_);  // first, since it may fail
  current_ = trial_;
  trial_ = trial_ == first_.get() ? second_.get() : first_.get();
  trialReady_ = false;
  dropSteps();
  return true;
}

void Session::forget() {
  current_ = nullptr;
  trialReady_ = false;
  hasPrevious_ = false;
  pairs_.clear();
  dropSteps();
}

void Session::dropSteps() {
  gradientReady_ = false;
  space_.reset();
  slopes_.clear();
  lastStep_.reset();
  assembled_ = false;
}

const std::vector<double>& Session::gradient(const Cancel& cancel) {
  if (gradientReady_) return gradient_;
  operator_.gradient(gradient_.data(), cancel);
  const std::vector<double> x = unknowns();
  if (hasPrevious_) {
    std::vector<double> s = x, y = gradient_;
    blas::axpy(problem_.unknowns(), -1, previousX_.data(), s.data());
    blas::axpy(problem_.unknowns(), -1, previousGradient_.data(), y.data());
    pairs_.add(std::move(s), std::move(y));
  }
  // Only now, as memory for the pair may be short; copies of the same size need none.
  previousX_ = x;
  previousGradient_ = gradient_;
  hasPrevious_ = true;
  gradientReady_ = true;
  return gradient_;
}

StepResult Session::step(const StepOptions& options, const std::function<void(int64_t)>& progress,
                         const Cancel& cancel) {
  gradient(cancel);
  const Pool::Watch watch(pool_, cancel);
  const bool krylov = options.solver == Solver::krylov;
  const Timer timer(krylov ? timings_.krylov : timings_.dense);
  StepResult result = krylov ? krylovStep(options, progress, cancel) : denseStep(options, cancel);
  if (elimination_->iterates()) lastStep_ = result.step;
  return result;
}

StepResult Session::krylovStep(const StepOptions& options, const std::function<void(int64_t)>& progress,
                               const Cancel& cancel) {
  StepResult result;
  if (!space_) {
    KrylovSpace::Options space{options.maxVectors, options.tolerance, nullptr, progress};
    if (options.usePairs && !pairs_.empty()) space.precondition = [this](std::vector<double>& q) { pairs_.apply(q); };
    slopes_.clear();
    const auto product = [&](const double* v, double* Hv) {
      double* slope = nullptr;
      if (elimination_->iterates()) slope = slopes_.emplace_back(current_->eliminated.W.size()).data();
      operator_.product(v, Hv, slope, cancel);
    };
    space_.emplace(product, gradient_, space, cancel);
    result.products = space_->vectors();
    result.passes = 2 * result.products;
  }
  result.step = space_->minimize(options.radius);
  result.vectors = space_->vectors();
  result.relativeResidual = space_->relativeResidual();
  return result;
}

StepResult Session::denseStep(const StepOptions& options, const Cancel& cancel) {
  StepResult result;
  if (!assembled_) {
    const int64_t n = problem_.unknowns();
    if (H_.empty()) H_ = zeros(n * n, [&] { cancel.poll(); });
    if (!denseModel_) denseModel_.emplace(n, pool_);
    result.passes = operator_.assemble(options.rankTolerance, H_, cancel);
    denseModel_->set(H_, gradient_);
    assembled_ = true;
  }
  cancel.poll();
  result.step = denseModel_->minimize(options.radius);
  result.relativeResidual = denseResidual(result.step);
  return result;
}

/** ‖(H + λI)s + g‖/‖g‖ */
double Session::denseResidual(const TrustRegionStep& step) const {
  const int64_t n = problem_.unknowns();
  std::vector<double> rest = gradient_;
  blas::axpy(n, step.multiplier, step.s.data(), rest.data());
  blas::gemm(false, false, n, 1, n, 1, H_.data(), n, step.s.data(), 1, 1, rest.data(), 1);
  const double target = blas::norm2(n, gradient_.data());
  return target == 0 ? 0 : blas::norm2(n, rest.data()) / target;
}

std::vector<double> Session::hessianProduct(const std::vector<double>& v, const Cancel& cancel) {
  const Pool::Watch watch(pool_, cancel);
  const Timer timer(timings_.krylov);
  std::vector<double> Hv(problem_.unknowns());
  operator_.product(v.data(), Hv.data(), nullptr, cancel);
  return Hv;
}

std::vector<double> Session::jacobianProduct(const std::vector<double>& v, const Cancel& cancel) {
  return operator_.jacobianProduct(v.data(), cancel);
}

std::vector<double> Session::jacobianTransposeProduct(const std::vector<double>& u, const Cancel& cancel) {
  return operator_.jacobianTransposeProduct(u.data(), cancel);
}

std::vector<double> Session::denseHessian(const Cancel& cancel) {
  std::vector<double> H(problem_.unknowns() * problem_.unknowns());
  operator_.assemble(0, H, cancel);
  return H;
}

int64_t Session::memoryBytes() const {
  const size_t own = problem_.Y.size() + problem_.C.size() + H_.size() * 2;
  return 8 * static_cast<int64_t>(own) + first_->memoryBytes() + second_->memoryBytes() + network_.memoryBytes() +
         loss_->memoryBytes() + elimination_->memoryBytes() + operator_.memoryBytes();
}

}  // namespace gnvpro
