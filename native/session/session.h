// A training session: a current and a trial point of the objective, and the steps from the current one.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <vector>

#include "elimination/elimination.h"
#include "loss/convex_loss.h"
#include "network/network.h"
#include "operator/gauss_newton.h"
#include "operator/point.h"
#include "parallel/pool.h"
#include "problem/problem.h"
#include "program/executor.h"
#include "session/stopwatch.h"
#include "step/krylov.h"
#include "step/pairs.h"
#include "step/trust_region.h"

namespace gnvpro {

struct Evaluation {
  double objective, loss, regularizationTheta, regularizationW;
  int64_t rank;
  std::optional<InnerRecord> inner;  // of a convex loss
  bool finite;
};

/** Where an iteration for W begins: at W (t × m) if it is given; after a step, where that leads; else at the current
 * one. */
struct StartOfW {
  bool afterStep = false;
  std::vector<double> W;
};

enum class Solver { krylov, dense };

struct StepOptions {
  Solver solver;
  int64_t maxVectors;
  double tolerance;
  Radius radius;
  bool usePairs;
  double rankTolerance;
};

struct StepResult {
  TrustRegionStep step;
  int64_t vectors = 0;
  double relativeResidual = 0;
  int64_t products = 0;
  int64_t passes = 0;
};

/** One job at a time. */
class Session {
 public:
  /** Takes all its memory for evaluations and products. */
  Session(std::shared_ptr<const Problem> problem, Programs programs, int64_t pairs, int threads, const Poll& poll);

  /**
   * The network with its derivatives, then W; the result becomes the trial point. x is θ, or [θ ; vec W] of a
   * joint problem, which `start` does not concern.
   */
  Evaluation evaluate(const std::vector<double>& x, const StartOfW& start, const Cancel& cancel);

  /** False where there is no finite trial point. */
  bool accept();

  /** To be called where the problem has got another α_W or another regulariser of θ: nothing evaluated so far holds. */
  void forget();

  bool hasCurrent() const { return current_ != nullptr; }
  bool hasTrial() const { return trialReady_; }

  const std::vector<double>& gradient(const Cancel& cancel);
  StepResult step(const StepOptions& options, const std::function<void(int64_t)>& progress, const Cancel& cancel);
  std::vector<double> hessianProduct(const std::vector<double>& v, const Cancel& cancel);
  std::vector<double> jacobianProduct(const std::vector<double>& v, const Cancel& cancel);
  std::vector<double> jacobianTransposeProduct(const std::vector<double>& u, const Cancel& cancel);
  std::vector<double> denseHessian(const Cancel& cancel);

  /** H_W at the current point; null where W is given. */
  InnerFactor* innerFactor() { return operator_.factor(); }
  std::vector<double> lossGradient() const { return current_->eliminated.R; }

  bool canAssemble() const { return programs_.perSample != nullptr || problem_.joint; }
  const Point& current() const { return *current_; }
  const Point& trial() const { return *trial_; }
  Timings timings() const { return timings_; }
  int64_t memoryBytes() const;

 private:
  void dropSteps();
  std::vector<double> unknowns() const;
  StepResult krylovStep(const StepOptions& options, const std::function<void(int64_t)>& progress, const Cancel& cancel);
  StepResult denseStep(const StepOptions& options, const Cancel& cancel);
  double denseResidual(const TrustRegionStep& step) const;
  Point allocate(const Poll& poll) const;
  std::vector<double> startOfW(const double* x, const StartOfW& start, const Cancel& cancel);

  std::shared_ptr<const Problem> shared_;
  const Problem& problem_;
  Programs programs_;
  Pool pool_;
  Tiling tiling_;
  Timings timings_;
  Network network_;
  std::unique_ptr<ConvexLoss> loss_;
  std::unique_ptr<Elimination> elimination_;
  GaussNewton operator_;
  std::unique_ptr<Point> first_, second_;
  Point* current_ = nullptr;
  Point* trial_;
  bool trialReady_ = false;

  // At the current point; dropped when it moves.
  bool gradientReady_ = false;
  std::vector<double> gradient_;
  std::optional<KrylovSpace> space_;
  std::vector<std::vector<double>> slopes_;  // of the vectors of the space, where W is predicted
  std::optional<TrustRegionStep> lastStep_;
  bool assembled_ = false;
  std::vector<double> H_;
  std::optional<DenseModel> denseModel_;  // its memory is kept

  Pairs pairs_;
  bool hasPrevious_ = false;
  std::vector<double> previousX_, previousGradient_;  // where the gradient was last computed
};

}  // namespace gnvpro
