#include "objective/objective.h"

#include <algorithm>
#include <cmath>
#include <utility>
#include <variant>

#include "blas/blas.h"
#include "elimination/residual_rows.h"
#include "linalg/cholesky.h"
#include "linalg/inverse.h"
#include "linalg/sandwich.h"
#include "parallel/zeros.h"

namespace gnvpro {
namespace {

/** After an estimate α_W may change by so much before H is assembled anew. */
constexpr double kLargestRatio = 2;

const Evaluation kNotFinite{NAN, NAN, NAN, NAN, 0, std::nullopt, false};

}  // namespace

Objective::Objective(std::shared_ptr<const Problem> problem, Programs programs, int threads, const Poll& poll)
    : shared_(std::move(problem)),
      problem_(*shared_),
      programs_(std::move(programs)),
      pool_(threads),
      tiling_(problem_.samples, programs_.columnsInFlight, pool_.threads()),
      network_(makeNetwork(problem_, programs_, tiling_, pool_, timings_, poll)),
      loss_(makeConvexLoss(problem_, tiling_, pool_, poll)),
      elimination_(makeElimination(problem_, *loss_, tiling_, pool_, poll)),
      operator_(problem_, *network_, *loss_, *elimination_, tiling_, pool_, timings_, poll) {
  takePoint(poll);
}

Objective::~Objective() {
  for (const auto& point : points_) const KnownPoint gone = std::move(*point);
}

/** One that nobody holds any more, or a new one. */
std::shared_ptr<KnownPoint> Objective::takePoint(const Poll& poll) {
  for (const auto& point : points_) {
    if (point.use_count() > 1) continue;
    if (focused_ == point.get()) focused_ = nullptr;
    if (assembled_ == point.get()) assembled_ = nullptr;
    point->gradient.reset();
    point->space.reset();
    point->slopes.clear();
    point->lastStep.reset();
    if (!network_->keepsFeatures()) dropRows(*point);
    return point;
  }
  Point fresh{network_->allocate(poll), elimination_->allocate(network_->keepsFeatures(), poll), 0,
              std::vector<double>(problem_.weights)};
  return points_.emplace_back(std::make_shared<KnownPoint>(std::move(fresh)));
}

void Objective::keepRows(KnownPoint& point, const Cancel& cancel) {
  Eliminated& at = point.eliminated;
  if (at.Z != nullptr) return;
  const int64_t w = problem_.features, t = problem_.targets;
  const Poll poll = [&] { cancel.poll(); };
  std::vector<double> Z = zeros(problem_.samples.count * w, poll), R = zeros(problem_.samples.count * t, poll);
  const auto keep = [&](const Tile& tile, const Place& place, const double* rows) {
    std::copy_n(rows, tile.rows() * w, Z.data() + tile.begin * w);
    formResidual(problem_, at, tile, rows, place.worker, R.data() + tile.begin * t);
  };
  Features(*network_, point.network).visit(tiling_, keep, cancel);
  point.network.Z = std::move(Z);
  at.R = std::move(R);
  at.Z = point.network.Z.data();
}

/** Gives back what `keepRows` has taken. */
void Objective::dropRows(KnownPoint& point) {
  point.network.Z = {};
  point.eliminated.R = {};
  point.eliminated.Z = nullptr;
}

/** Sets the operator to a point, which costs nothing where it is there already. */
void Objective::focus(KnownPoint& point) {
  if (focused_ == &point) return;
  focused_ = nullptr;
  operator_.setPoint(point);
  focused_ = &point;
}

void Objective::forget() { focused_ = assembled_ = nullptr; }

Objective::Arrival Objective::at(const double* x, const StartOfW& start, const Cancel& cancel) {
  const Pool::Watch watch(pool_, cancel);
  const std::shared_ptr<KnownPoint> taken = takePoint([&] { cancel.poll(); });
  Point& point = *taken;
  std::vector<double>& theta = point.network.theta;
  theta.assign(x, x + problem_.weights);
  network_->evaluate(point.network, cancel);
  ++passes_;
  const Timer timer(timings_.projection);
  Eliminated& found = point.eliminated;
  found.W = startOfW(x, start, cancel);
  point.regularization = problem_.regularizer.evaluate(theta.data(), point.regularizerGradient.data());
  const bool finite =
      elimination_->solve(Features(*network_, point.network), found, cancel) && std::isfinite(point.regularization);
  if (!finite) return {kNotFinite, nullptr};
  const Evaluation evaluation{found.loss + point.regularization + found.regularization,
                              found.loss,
                              point.regularization,
                              found.regularization,
                              found.rank,
                              elimination_->iterates() ? std::optional(found.inner) : std::nullopt,
                              true};
  return {evaluation, taken};
}

/** W where it is given; else where an iteration for it begins: as given, at that of a point, or where its step leads.
 */
std::vector<double> Objective::startOfW(const double* x, const StartOfW& start, const Cancel& cancel) {
  const int64_t size = problem_.targets * problem_.basis();
  if (problem_.joint) return std::vector<double>(x + problem_.weights, x + problem_.weights + size);
  if (!start.W.empty()) return start.W;
  if (start.from == nullptr || !elimination_->iterates()) return std::vector<double>(size);
  KnownPoint& from = *start.from;
  if (!start.afterStep || !from.lastStep) return from.eliminated.W;
  focus(from);
  std::vector<double> slope(size);
  const TrustRegionStep& step = *from.lastStep;
  if (step.coordinates.empty()) {
    operator_.slope(step.s.data(), slope.data(), cancel);
  } else {
    for (size_t k = 0; k < from.slopes.size(); ++k) {
      blas::axpy(size, step.coordinates[k], from.slopes[k].data(), slope.data());
    }
  }
  return operator_.predict(std::move(slope), cancel);
}

const std::vector<double>& Objective::gradient(KnownPoint& point, const Cancel& cancel) {
  if (point.gradient) return *point.gradient;
  focus(point);
  std::vector<double> gradient(problem_.unknowns());
  operator_.gradient(gradient.data(), cancel);
  ++passes_;
  return point.gradient.emplace(std::move(gradient));
}

StepResult Objective::step(KnownPoint& point, const StepOptions& options, const Pairs& pairs, const Cancel& cancel) {
  gradient(point, cancel);
  focus(point);
  const Pool::Watch watch(pool_, cancel);
  const bool krylov = options.solver == Solver::krylov;
  const Timer timer(krylov ? timings_.krylov : timings_.dense);
  StepResult result = krylov ? krylovStep(point, options, pairs, cancel) : denseStep(point, options, cancel);
  if (elimination_->iterates()) point.lastStep = result.step;
  return result;
}

StepResult Objective::krylovStep(KnownPoint& point, const StepOptions& options, const Pairs& pairs,
                                 const Cancel& cancel) {
  StepResult result;
  if (!point.space) {
    KrylovSpace::Options space{options.maxVectors, options.tolerance, nullptr};
    if (!pairs.empty()) space.precondition = [&pairs](std::vector<double>& q) { pairs.apply(q); };
    point.slopes.clear();
    const auto product = [&](const double* v, double* Hv) {
      double* slope = nullptr;
      if (elimination_->iterates()) slope = point.slopes.emplace_back(point.eliminated.W.size()).data();
      operator_.product(v, Hv, slope, cancel);
      passes_ += 2;
    };
    point.space.emplace(product, *point.gradient, space, cancel);
    result.products = point.space->vectors();
  }
  result.step = point.space->minimize(options.radius);
  result.vectors = point.space->vectors();
  result.relativeResidual = point.space->relativeResidual();
  return result;
}

StepResult Objective::denseStep(KnownPoint& point, const StepOptions& options, const Cancel& cancel) {
  if (assembled_ != &point) {
    assembled_ = nullptr;
    takeDenseMemory(cancel);
    if (!denseModel_) denseModel_.emplace(problem_.unknowns(), pool_);
    assembleFor(point, options.rankTolerance, cancel);
    denseModel_->set(H_, *point.gradient);
    assembled_ = &point;
  }
  cancel.poll();
  StepResult result;
  result.step = denseModel_->minimize(options.radius, options.multiplier);
  result.relativeResidual = denseResidual(point, result.step);
  return result;
}

/** Into H_. After an estimate at the same θ the prior alone has changed: H follows, to first order in α_W. */
void Objective::assembleFor(const KnownPoint& point, double rankTolerance, const Cancel& cancel) {
  if (!isEstimatedAt(point, rankTolerance)) {
    estimate_.reset();
    passes_ += operator_.assemble({.rankTolerance = rankTolerance}, H_, cancel);
    return;
  }
  const double change = problem_.alphaW - estimate_->alphaW;
  estimate_.reset();
  blas::axpy(static_cast<int64_t>(H_.size()), change, slope_.data(), H_.data());
  problem_.regularizer.addTo(H_.data());
}

bool Objective::isEstimatedAt(const KnownPoint& point, double rankTolerance) const {
  if (!estimate_ || problem_.hasSecondPart() || rankTolerance > 0) return false;
  const double ratio = problem_.alphaW / estimate_->alphaW;
  return ratio <= kLargestRatio && 1 / ratio <= kLargestRatio && point.network.theta == estimate_->theta;
}

void Objective::takeDenseMemory(const Cancel& cancel) {
  const int64_t n = problem_.unknowns();
  if (H_.empty()) H_ = zeros(n * n, [&] { cancel.poll(); });
}

/** ‖(H + λI)s + g‖/‖g‖ */
double Objective::denseResidual(const KnownPoint& point, const TrustRegionStep& step) const {
  const int64_t n = problem_.unknowns();
  std::vector<double> rest = *point.gradient;
  blas::axpy(n, step.multiplier, step.s.data(), rest.data());
  blas::gemm(false, false, n, 1, n, 1, H_.data(), n, step.s.data(), 1, 1, rest.data(), 1);
  const double target = blas::norm2(n, point.gradient->data());
  return target == 0 ? 0 : blas::norm2(n, rest.data()) / target;
}

std::vector<double> Objective::hessianProduct(KnownPoint& point, const std::vector<double>& v, const Cancel& cancel) {
  focus(point);
  const Pool::Watch watch(pool_, cancel);
  const Timer timer(timings_.krylov);
  std::vector<double> Hv(problem_.unknowns());
  operator_.product(v.data(), Hv.data(), nullptr, cancel);
  passes_ += 2;
  return Hv;
}

std::vector<double> Objective::jacobianProduct(KnownPoint& point, const std::vector<double>& v, const Cancel& cancel) {
  focus(point);
  keepRows(point, cancel);
  return operator_.jacobianProduct(v.data(), cancel);
}

std::vector<double> Objective::jacobianTransposeProduct(KnownPoint& point, const std::vector<double>& u,
                                                        const Cancel& cancel) {
  focus(point);
  keepRows(point, cancel);
  return operator_.jacobianTransposeProduct(u.data(), cancel);
}

std::vector<double> Objective::denseHessian(KnownPoint& point, const Cancel& cancel) {
  focus(point);
  std::vector<double> H(problem_.unknowns() * problem_.unknowns());
  operator_.assemble({}, H, cancel);
  return H;
}

std::optional<InnerFacts> Objective::innerFactor(KnownPoint& point, const Cancel& cancel) {
  focus(point);
  keepRows(point, cancel);
  InnerFactor* factor = operator_.factor();
  if (factor == nullptr) return std::nullopt;
  return InnerFacts{factor->inverse(cancel), factor->leverages(cancel), factor->logDeterminant()};
}

std::vector<double> Objective::changeOfW(KnownPoint& point, const std::vector<double>& v, const Cancel& cancel) {
  focus(point);
  keepRows(point, cancel);
  const Pool::Watch watch(pool_, cancel);
  const Timer timer(timings_.krylov);
  std::vector<double> dW(problem_.targets * problem_.basis());
  operator_.follow(v.data(), dW.data(), cancel);
  ++passes_;
  return dW;
}

InnerLaplace Objective::innerLaplace(KnownPoint& point, const Cancel& cancel) {
  focus(point);
  const Pool::Watch watch(pool_, cancel);
  InnerFactor& factor = *operator_.factor();
  return {factor.traceOfInverse(), factor.logDeterminant()};
}

std::vector<double> Objective::innerRoot(KnownPoint& point, const Cancel& cancel) {
  focus(point);
  const Pool::Watch watch(pool_, cancel);
  return operator_.factor()->root();
}

std::optional<LaplaceFacts> Objective::laplace(KnownPoint& point, const Cancel& cancel) {
  focus(point);
  const Pool::Watch watch(pool_, cancel);
  const Timer timer(timings_.dense);
  const int64_t n = problem_.weights;
  LaplaceFacts facts{std::vector<double>(n), std::vector<double>(n), 0, 0, innerLaplace(point, cancel)};
  if (n == 0) return facts;
  assembled_ = nullptr;
  estimate_.reset();
  takeDenseMemory(cancel);
  for (std::vector<double>* memory : {&slope_, &factor_, &root_}) {
    if (memory->empty()) *memory = zeros(n * n, [&] { cancel.poll(); });
  }
  passes_ += operator_.assemble({.onlyFirstPart = true, .ofDataOnly = true, .slope = &slope_}, H_, cancel);
  std::copy(H_.begin(), H_.end(), factor_.begin());
  problem_.regularizer.addTo(factor_.data());
  for (int64_t i = 0; i < n; ++i) facts.diagonal[i] = factor_[i * (n + 1)];
  estimate_ = Estimate{point.network.theta, problem_.alphaW};
  if (cholesky(n, factor_.data(), pool_) != 0) return std::nullopt;
  for (int64_t i = 0; i < n; ++i) facts.logDeterminant += 2 * std::log(factor_[i * (n + 1)]);
  inverseRoot(n, factor_.data(), root_, pool_);
  std::vector<double>& inverse = factor_;
  inverseOfRoot(n, root_, inverse, pool_);
  for (int64_t i = 0; i < n; ++i) {
    const double* row = inverse.data() + i * n;
    facts.inverseDiagonal[i] = row[i];
    facts.slope += 2 * blas::dot(i, row, slope_.data() + i * n) + row[i] * slope_[i * (n + 1)];
  }
  return facts;
}

std::optional<PosteriorRoots> Objective::posterior(KnownPoint& point, const std::vector<double>& noise,
                                                   const Cancel& cancel) {
  focus(point);
  keepRows(point, cancel);
  const Pool::Watch watch(pool_, cancel);
  const Timer timer(timings_.dense);
  const int64_t n = problem_.weights, sizeOfW = problem_.targets * problem_.basis();
  PosteriorRoots roots{std::vector<double>(n * (n + 1) / 2), std::vector<double>(n * sizeOfW), point.eliminated.T};
  if (n == 0) return roots;
  std::vector<double> H(n * n);
  passes_ += operator_.assemble({.onlyFirstPart = true}, H, cancel);
  if (cholesky(n, H.data(), pool_) != 0) return std::nullopt;
  std::vector<double> V = inverseRoot(n, H.data(), pool_);
  if (std::any_of(noise.begin(), noise.end(), [](double s) { return s != 1; })) {
    passes_ += operator_.assemble({.onlyFirstPart = true, .noise = noise.data()}, H, cancel);
    if (!takeSandwich(n, H, V, pool_)) return std::nullopt;
  }
  double* packed = roots.theta.data();
  for (int64_t k = 0; k < n; ++k) {
    const double* direction = V.data() + k * n;
    packed = std::copy_n(direction, k + 1, packed);
    operator_.follow(direction, roots.changesOfW.data() + k * sizeOfW, cancel);
  }
  passes_ += n;
  return roots;
}

int64_t Objective::memoryBytes() const {
  const int64_t N = problem_.samples.count;
  const auto bytesOf = [](const auto& array, int64_t numbers) {
    return array.data() == nullptr ? 0 : numbers * static_cast<int64_t>(sizeof(*array.data()));
  };
  const int64_t data = std::visit([&](const auto& Y) { return bytesOf(Y, N * problem_.inputs); }, problem_.Y) +
                       bytesOf(problem_.C, N * problem_.targets);
  const size_t own = H_.size() * 2 + slope_.size() + factor_.size() + root_.size();
  int64_t bytes = data + 8 * static_cast<int64_t>(own) + network_->memoryBytes() + loss_->memoryBytes() +
                  elimination_->memoryBytes() + operator_.memoryBytes();
  for (const auto& point : points_) bytes += point->memoryBytes();
  return bytes;
}

}  // namespace gnvpro
