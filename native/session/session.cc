#include "session/session.h"

#include <cmath>
#include <utility>

#include "blas/blas.h"
#include "operator/convex.h"
#include "operator/joint.h"
#include "operator/least_squares.h"
#include "parallel/zeros.h"

namespace gnvpro {
namespace {

std::unique_ptr<Objective> makeObjective(const Problem& problem, const Programs& programs, const Tiling& tiling,
                                         Pool& pool, Stopwatch& stopwatch, const Poll& poll) {
  if (problem.joint) return std::make_unique<JointObjective>(problem, programs, tiling, pool, stopwatch, poll);
  if (problem.loss.isClosed()) {
    return std::make_unique<LeastSquares>(problem, programs, tiling, pool, stopwatch, poll);
  }
  return std::make_unique<ConvexObjective>(problem, programs, tiling, pool, stopwatch, poll);
}

const Evaluation kNotFinite{NAN, NAN, NAN, NAN, 0, std::nullopt, false};

}  // namespace

Session::Session(std::shared_ptr<const Problem> problem, Programs programs, int threads, const Poll& poll)
    : shared_(std::move(problem)),
      problem_(*shared_),
      programs_(std::move(programs)),
      pool_(threads),
      tiling_(problem_.samples, programs_.columnsInFlight(), pool_.threads()),
      linearize_(*programs_.linearize, tiling_, pool_),
      objective_(makeObjective(problem_, programs_, tiling_, pool_, timings_, poll)) {
  takeKnown(poll);
}

Session::~Session() {
  for (const auto& place : known_) const Known gone = std::move(*place);
}

/** One that nobody holds any more, or a new one. */
std::shared_ptr<Known> Session::takeKnown(const Poll& poll) {
  for (const auto& place : known_) {
    if (place.use_count() > 1) continue;
    if (focused_ == place.get()) focused_ = nullptr;
    if (assembled_ == place.get()) assembled_ = nullptr;
    place->gradient.reset();
    place->space.reset();
    place->slopes.clear();
    place->lastStep.reset();
    return place;
  }
  Point point(problem_, *programs_.linearize, objective_->allocate(poll), poll);
  return known_.emplace_back(std::make_shared<Known>(std::move(point)));
}

/** Sets the objective to a place, which costs nothing where it is there already. */
void Session::focus(Known& place) {
  if (focused_ == &place) return;
  focused_ = nullptr;
  objective_->setPoint(&place.point);
  focused_ = &place;
}

Session::Arrival Session::at(const std::vector<double>& x, const StartOfW& start, const Cancel& cancel) {
  const Pool::Watch watch(pool_, cancel);
  const std::shared_ptr<Known> place = takeKnown([&] { cancel.poll(); });
  Point& point = place->point;
  point.theta.assign(x.begin(), x.begin() + problem_.weights);
  Bindings bindings{{problem_.Y.data()}, {point.theta.data()}, {point.Z.data()}, {point.fixedResiduals.data()}};
  for (auto& residual : point.residuals) bindings.sampleOutputs.push_back(residual.data());
  {
    const Timer timer(timings_.network);
    linearize_.run(bindings, nullptr, nullptr, &cancel);
    ++passes_;
  }
  const Timer timer(timings_.projection);
  const std::optional<std::vector<double>> predicted = startOfW(start, cancel);
  const double* W = predicted ? predicted->data() : nullptr;
  if (problem_.joint) W = x.data() + problem_.weights;
  point.regularization = problem_.regularizer.evaluate(point.theta.data(), point.regularizerGradient.data());
  const bool finite =
      objective_->project(point.Z.data(), W, *point.projected, cancel) && std::isfinite(point.regularization);
  if (!finite) return {kNotFinite, nullptr};
  const Projected& found = *point.projected;
  const Evaluation evaluation{found.loss + point.regularization + found.regularization,
                              found.loss,
                              point.regularization,
                              found.regularization,
                              found.rank,
                              objective_->usesStart() ? std::optional(found.inner) : std::nullopt,
                              true};
  return {evaluation, place};
}

/** Where the iteration for W begins: as given, or with the W of a place, or what its last step makes of that. */
std::optional<std::vector<double>> Session::startOfW(const StartOfW& start, const Cancel& cancel) {
  if (!objective_->usesStart()) return std::nullopt;
  if (!start.W.empty()) return start.W;
  if (start.from == nullptr) return std::nullopt;
  Known& from = *start.from;
  if (!start.afterStep || !from.lastStep) return from.point.projected->W;
  focus(from);
  std::vector<double> slope(from.point.projected->W.size());
  const TrustRegionStep& step = *from.lastStep;
  if (step.coordinates.empty()) {
    objective_->slope(step.s.data(), slope.data(), cancel);
  } else {
    for (size_t k = 0; k < from.slopes.size(); ++k) {
      blas::axpy(static_cast<int64_t>(slope.size()), step.coordinates[k], from.slopes[k].data(), slope.data());
    }
  }
  return objective_->predict(slope, cancel);
}

const std::vector<double>& Session::gradient(Known& place, const Cancel& cancel) {
  if (place.gradient) return *place.gradient;
  focus(place);
  std::vector<double> gradient(problem_.unknowns());
  objective_->gradient(gradient.data(), cancel);
  ++passes_;
  return place.gradient.emplace(std::move(gradient));
}

StepResult Session::step(Known& place, const StepOptions& options, const Pairs& pairs, const Cancel& cancel) {
  gradient(place, cancel);
  focus(place);
  const Pool::Watch watch(pool_, cancel);
  const bool krylov = options.solver == Solver::krylov;
  const Timer timer(krylov ? timings_.krylov : timings_.dense);
  StepResult result = krylov ? krylovStep(place, options, pairs, cancel) : denseStep(place, options, cancel);
  if (objective_->usesStart()) place.lastStep = result.step;
  return result;
}

StepResult Session::krylovStep(Known& place, const StepOptions& options, const Pairs& pairs, const Cancel& cancel) {
  StepResult result;
  if (!place.space) {
    KrylovSpace::Options space{options.maxVectors, options.tolerance, nullptr};
    if (!pairs.empty()) space.precondition = [&pairs](std::vector<double>& q) { pairs.apply(q); };
    place.slopes.clear();
    const auto product = [&](const double* v, double* Hv) {
      double* slope = nullptr;
      if (objective_->usesStart()) slope = place.slopes.emplace_back(place.point.projected->W.size()).data();
      objective_->product(v, Hv, slope, cancel);
      passes_ += 2;
    };
    place.space.emplace(product, *place.gradient, space, cancel);
    result.products = place.space->vectors();
  }
  result.step = place.space->minimize(options.radius);
  result.vectors = place.space->vectors();
  result.relativeResidual = place.space->relativeResidual();
  return result;
}

StepResult Session::denseStep(Known& place, const StepOptions& options, const Cancel& cancel) {
  if (assembled_ != &place) {
    assembled_ = nullptr;
    const int64_t n = problem_.unknowns();
    if (H_.empty()) H_ = zeros(n * n, [&] { cancel.poll(); });
    if (!denseModel_) denseModel_.emplace(n, pool_);
    passes_ += objective_->assemble(options.rankTolerance, H_, cancel);
    denseModel_->set(H_, *place.gradient);
    assembled_ = &place;
  }
  cancel.poll();
  StepResult result;
  result.step = denseModel_->minimize(options.radius, options.multiplier);
  result.relativeResidual = denseResidual(place, result.step);
  return result;
}

/** ‖(H + λI)s + g‖/‖g‖ */
double Session::denseResidual(const Known& place, const TrustRegionStep& step) const {
  const int64_t n = problem_.unknowns();
  std::vector<double> rest = *place.gradient;
  blas::axpy(n, step.multiplier, step.s.data(), rest.data());
  blas::gemm(false, false, n, 1, n, 1, H_.data(), n, step.s.data(), 1, 1, rest.data(), 1);
  const double target = blas::norm2(n, place.gradient->data());
  return target == 0 ? 0 : blas::norm2(n, rest.data()) / target;
}

std::vector<double> Session::hessianProduct(Known& place, const std::vector<double>& v, const Cancel& cancel) {
  focus(place);
  const Pool::Watch watch(pool_, cancel);
  const Timer timer(timings_.krylov);
  std::vector<double> Hv(problem_.unknowns());
  objective_->product(v.data(), Hv.data(), nullptr, cancel);
  passes_ += 2;
  return Hv;
}

std::vector<double> Session::jacobianProduct(Known& place, const std::vector<double>& v, const Cancel& cancel) {
  focus(place);
  return objective_->jacobianProduct(v.data(), cancel);
}

std::vector<double> Session::jacobianTransposeProduct(Known& place, const std::vector<double>& u,
                                                      const Cancel& cancel) {
  focus(place);
  return objective_->jacobianTransposeProduct(u.data(), cancel);
}

std::vector<double> Session::denseHessian(Known& place, const Cancel& cancel) {
  focus(place);
  std::vector<double> H(problem_.unknowns() * problem_.unknowns());
  objective_->assemble(0, H, cancel);
  return H;
}

std::vector<double> Session::lossGradient(Known& place) {
  focus(place);
  return objective_->lossGradient();
}

int64_t Session::memoryBytes() const {
  const size_t own = problem_.Y.size() + problem_.C.size() + H_.size() * 2;
  int64_t bytes = 8 * static_cast<int64_t>(own) + objective_->memoryBytes() + linearize_.memoryBytes();
  for (const auto& place : known_) bytes += place->point.memoryBytes();
  return bytes;
}

}  // namespace gnvpro
