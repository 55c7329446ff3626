// The objective on one set of samples: its memory, its points, and the steps from each.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "elimination/elimination.h"
#include "loss/convex_loss.h"
#include "network/network.h"
#include "operator/gauss_newton.h"
#include "parallel/pool.h"
#include "parallel/stopwatch.h"
#include "problem/problem.h"
#include "program/executor.h"
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

/** A point and what has been found there. Its memory serves another point once nobody but the pool holds it. */
struct KnownPoint : Point {
  std::optional<std::vector<double>> gradient;
  std::optional<KrylovSpace> space;
  std::vector<std::vector<double>> slopes;  // of the vectors of the space, where W is predicted
  std::optional<TrustRegionStep> lastStep;

  explicit KnownPoint(Point at) : Point(std::move(at)) {}
};

/** Where an iteration for W begins: at W (t × m), else at that of a point, or where its last step leads; else at 0. */
struct StartOfW {
  std::vector<double> W;
  std::shared_ptr<KnownPoint> from;
  bool afterStep = false;
};

enum class Solver { krylov, dense };

struct StepOptions {
  Solver solver;
  int64_t maxVectors;
  double tolerance;
  Radius radius;
  double multiplier;
  double rankTolerance;
};

struct StepResult {
  TrustRegionStep step;
  int64_t vectors = 0;
  double relativeResidual = 0;
  int64_t products = 0;
};

/** What the factor of H_W tells; see InnerFactor. */
struct InnerFacts {
  std::vector<double> inverse, leverages;
  double logDeterminant;
};

/** tr H_W⁻¹ and log |H_W|; see InnerLaplace. */
struct InnerLaplace {
  double trace, logDeterminant;
};

/** What Kaufman's H and H_W tell of the posterior of θ and W; see Laplace. */
struct LaplaceFacts {
  std::vector<double> diagonal, inverseDiagonal;
  double logDeterminant, slope;
  InnerLaplace inner;
};

/** Roots of the covariance of θ and W; see PosteriorRoots of the backends. */
struct PosteriorRoots {
  std::vector<double> theta, changesOfW, W;
};

/** One job at a time. */
class Objective {
 public:
  /** Takes its memory for products and for one point. */
  Objective(std::shared_ptr<const Problem> problem, Programs programs, int threads, const Poll& poll);
  /** The memory of its points goes too, whoever still holds them. */
  ~Objective();
  Objective(const Objective&) = delete;
  Objective& operator=(const Objective&) = delete;

  struct Arrival {
    Evaluation evaluation;
    std::shared_ptr<KnownPoint> point;  // null where the evaluation is not finite
  };

  /**
   * The network with its derivatives, then W. x is θ, or [θ ; vec W] of a joint problem, which `start` does not
   * concern.
   */
  Arrival at(const double* x, const StartOfW& start, const Cancel& cancel);

  const std::vector<double>& gradient(KnownPoint& point, const Cancel& cancel);
  /** The Krylov space of a point is built once, preconditioned by the pairs of the first call. */
  StepResult step(KnownPoint& point, const StepOptions& options, const Pairs& pairs, const Cancel& cancel);

  std::vector<double> hessianProduct(KnownPoint& point, const std::vector<double>& v, const Cancel& cancel);
  /** For what reads all rows at a time: the features and R of a point that does not keep them. */
  void keepRows(KnownPoint& point, const Cancel& cancel);

  std::vector<double> jacobianProduct(KnownPoint& point, const std::vector<double>& v, const Cancel& cancel);
  std::vector<double> jacobianTransposeProduct(KnownPoint& point, const std::vector<double>& u, const Cancel& cancel);
  std::vector<double> denseHessian(KnownPoint& point, const Cancel& cancel);
  /** Nothing where W is given. */
  std::optional<InnerFacts> innerFactor(KnownPoint& point, const Cancel& cancel);
  /** dW along v by Kaufman's Jacobian, where W is not given. */
  std::vector<double> changeOfW(KnownPoint& point, const std::vector<double>& v, const Cancel& cancel);
  /** Where W is not given. */
  InnerLaplace innerLaplace(KnownPoint& point, const Cancel& cancel);
  /** T with TTᵀ = H_W⁻¹, see InnerFactor; the same holds. */
  std::vector<double> innerRoot(KnownPoint& point, const Cancel& cancel);
  /** Of least squares. Nothing where H is not positive definite to rounding. */
  std::optional<LaplaceFacts> laplace(KnownPoint& point, const Cancel& cancel);
  /** The same holds. `noise`: of each output, see PosteriorRoots of the backends. */
  std::optional<PosteriorRoots> posterior(KnownPoint& point, const std::vector<double>& noise, const Cancel& cancel);

  /** To be called where the problem has got another α_W or another regulariser of θ: no point may be asked again. */
  void forget();

  Timings timings() const { return timings_; }
  /** Of the network over the samples. */
  int64_t passes() const { return passes_; }
  int64_t memoryBytes() const;

 private:
  std::shared_ptr<KnownPoint> takePoint(const Poll& poll);
  void focus(KnownPoint& point);
  static void dropRows(KnownPoint& point);
  StepResult krylovStep(KnownPoint& point, const StepOptions& options, const Pairs& pairs, const Cancel& cancel);
  StepResult denseStep(KnownPoint& point, const StepOptions& options, const Cancel& cancel);
  void assembleFor(const KnownPoint& point, double rankTolerance, const Cancel& cancel);
  bool isEstimatedAt(const KnownPoint& point, double rankTolerance) const;
  void takeDenseMemory(const Cancel& cancel);
  double denseResidual(const KnownPoint& point, const TrustRegionStep& step) const;
  std::vector<double> startOfW(const double* x, const StartOfW& start, const Cancel& cancel);

  std::shared_ptr<const Problem> shared_;
  const Problem& problem_;
  Programs programs_;
  Pool pool_;
  Tiling tiling_;
  Timings timings_;
  int64_t passes_ = 0;
  std::unique_ptr<Network> network_;
  std::unique_ptr<ConvexLoss> loss_;
  std::unique_ptr<Elimination> elimination_;
  GaussNewton operator_;
  std::vector<std::shared_ptr<KnownPoint>> points_;
  const KnownPoint* focused_ = nullptr;    // which the operator is set to
  const KnownPoint* assembled_ = nullptr;  // of which H_ is
  std::vector<double> H_;
  /** What laplace() has left: H_ is of the data alone there, and slope_ its derivative by α_W. */
  struct Estimate {
    std::vector<double> theta;
    double alphaW;
  };
  std::optional<Estimate> estimate_;
  std::vector<double> slope_, factor_, root_;  // of laplace(), once it has been asked for; kept
  std::optional<DenseModel> denseModel_;       // its memory is kept
};

}  // namespace gnvpro
