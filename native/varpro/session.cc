#include "varpro/session.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "blas/blas.h"
#include "parallel/zeros.h"

namespace gnvpro {
namespace {

int64_t columnsInFlight(const Programs& programs) {
  return std::max(
      {programs.linearize->columnsInFlight(), programs.jvp->columnsInFlight(), programs.vjp->columnsInFlight()});
}

constexpr Evaluation kNotFinite{NAN, NAN, NAN, NAN, 0, false};

}  // namespace

Session::Session(std::shared_ptr<const Problem> problem, Programs programs, int64_t pairs, int threads,
                 const Poll& poll)
    : shared_(std::move(problem)),
      problem_(*shared_),
      programs_(std::move(programs)),
      pool_(threads),
      tiling_(problem_.samples, columnsInFlight(programs_)),
      linearize_(*programs_.linearize, tiling_, pool_),
      projection_(problem_, tiling_, pool_, poll),
      operator_(problem_, *programs_.jvp, *programs_.vjp, tiling_, pool_, timings_, poll),
      first_(std::make_unique<Point>(problem_, *programs_.linearize, poll)),
      second_(std::make_unique<Point>(problem_, *programs_.linearize, poll)),
      trial_(first_.get()),
      gradient_(problem_.weights),
      pairs_(pairs),
      previousTheta_(problem_.weights),
      previousGradient_(problem_.weights) {}

Evaluation Session::evaluate(const std::vector<double>& theta, const Cancel& cancel) {
  const Pool::Watch watch(pool_, cancel);
  trialReady_ = false;
  Point& point = *trial_;
  point.theta = theta;
  Bindings bindings{{problem_.Y.data()}, {point.theta.data()}, {point.Z.data()}, {point.fixedResiduals.data()}};
  for (auto& residual : point.residuals) bindings.sampleOutputs.push_back(residual.data());
  {
    const Timer timer(timings_.network);
    linearize_.run(bindings, nullptr, nullptr, &cancel);
  }
  const Timer timer(timings_.projection);
  point.regularization = problem_.regularizer.evaluate(point.theta.data(), point.regularizerGradient.data());
  const bool finite = projection_.solve(point.Z.data(), point.projected, cancel) && std::isfinite(point.regularization);
  if (!finite) return kNotFinite;
  trialReady_ = true;
  const Projected& at = point.projected;
  return {at.loss + point.regularization + at.regularization,
          at.loss,
          point.regularization,
          at.regularization,
          at.rank,
          true};
}

bool Session::accept() {
  if (!trialReady_) return false;
  operator_.setPoint(trial_);  // first, since it may fail
  current_ = trial_;
  trial_ = trial_ == first_.get() ? second_.get() : first_.get();
  trialReady_ = false;
  gradientReady_ = false;
  space_.reset();
  assembled_ = false;
  return true;
}

const std::vector<double>& Session::gradient(const Cancel& cancel) {
  if (gradientReady_) return gradient_;
  operator_.gradient(gradient_.data(), cancel);
  if (hasPrevious_) {
    std::vector<double> s = current_->theta, y = gradient_;
    blas::axpy(problem_.weights, -1, previousTheta_.data(), s.data());
    blas::axpy(problem_.weights, -1, previousGradient_.data(), y.data());
    pairs_.add(std::move(s), std::move(y));
  }
  // Only now, as memory for the pair may be short; copies of the same size need none.
  previousTheta_ = current_->theta;
  previousGradient_ = gradient_;
  hasPrevious_ = true;
  gradientReady_ = true;
  return gradient_;
}

StepResult Session::step(const StepOptions& options, const std::function<void(int64_t)>& progress,
                         const Cancel& cancel) {
  gradient(cancel);
  const Pool::Watch watch(pool_, cancel);
  if (options.solver == Solver::krylov) {
    const Timer timer(timings_.krylov);
    return krylovStep(options, progress, cancel);
  }
  const Timer timer(timings_.dense);
  return denseStep(options, cancel);
}

StepResult Session::krylovStep(const StepOptions& options, const std::function<void(int64_t)>& progress,
                               const Cancel& cancel) {
  StepResult result;
  if (!space_) {
    KrylovSpace::Options space{options.maxVectors, options.tolerance, nullptr, progress};
    if (options.usePairs && !pairs_.empty()) space.precondition = [this](std::vector<double>& q) { pairs_.apply(q); };
    const auto product = [&](const double* v, double* Hv) { operator_.product(v, Hv, cancel); };
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
    if (H_.empty()) H_ = zeros(problem_.weights * problem_.weights, [&] { cancel.poll(); });
    if (!denseModel_) denseModel_.emplace(problem_.weights, pool_);
    result.passes = assemble(options.rankTolerance, H_, cancel);
    denseModel_->set(H_, gradient_);
    assembled_ = true;
  }
  cancel.poll();
  result.step = denseModel_->minimize(options.radius);
  result.relativeResidual = denseResidual(result.step);
  return result;
}

/** Its memory is allocated at the first call and kept: touching fresh pages would cost more than the arithmetic. */
int64_t Session::assemble(double rankTolerance, std::vector<double>& H, const Cancel& cancel) {
  if (!assembly_) {
    assembly_ = std::make_unique<DenseAssembly>(problem_, *programs_.perSample, programs_.layout, pool_);
  }
  return assembly_->assemble(*current_, rankTolerance, H, cancel);
}

/** ‖(H + λI)s + g‖/‖g‖ */
double Session::denseResidual(const TrustRegionStep& step) const {
  const int64_t P = problem_.weights;
  std::vector<double> rest = gradient_;
  blas::axpy(P, step.multiplier, step.s.data(), rest.data());
  blas::gemm(false, false, P, 1, P, 1, H_.data(), P, step.s.data(), 1, 1, rest.data(), 1);
  const double target = blas::norm2(P, gradient_.data());
  return target == 0 ? 0 : blas::norm2(P, rest.data()) / target;
}

std::vector<double> Session::hessianProduct(const std::vector<double>& v, const Cancel& cancel) {
  const Timer timer(timings_.krylov);
  std::vector<double> Hv(problem_.weights);
  operator_.product(v.data(), Hv.data(), cancel);
  return Hv;
}

std::vector<double> Session::jacobianProduct(const std::vector<double>& v, const Cancel& cancel) {
  return operator_.jacobianProduct(v.data(), cancel);
}

std::vector<double> Session::jacobianTransposeProduct(const std::vector<double>& u, const Cancel& cancel) {
  return operator_.jacobianTransposeProduct(u.data(), cancel);
}

std::vector<double> Session::denseHessian(const Cancel& cancel) {
  std::vector<double> H(problem_.weights * problem_.weights);
  assemble(0, H, cancel);
  return H;
}

int64_t Session::memoryBytes() const {
  const size_t own = problem_.Y.size() + problem_.C.size() + H_.size() * 2;
  const int64_t assembly = assembly_ ? assembly_->memoryBytes() : 0;
  return 8 * static_cast<int64_t>(own) + first_->memoryBytes() + second_->memoryBytes() + projection_.memoryBytes() +
         operator_.memoryBytes() + linearize_.memoryBytes() + assembly;
}

}  // namespace gnvpro
