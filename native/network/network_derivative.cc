#include "network/network_derivative.h"

#include <utility>

#include "operator/biased.h"
#include "parallel/zeros.h"

namespace gnvpro {

NetworkDerivative::NetworkDerivative(const Problem& problem, const Program& jvp, const Program& vjp,
                                     const Tiling& tiling, Pool& pool, Stopwatch& stopwatch, const Poll& poll)
    : problem_(problem),
      stopwatch_(stopwatch),
      jvp_(jvp, tiling, pool),
      vjp_(vjp, tiling, pool),
      D_(zeros(problem.samples.count * problem.features, poll)),
      U_(zeros(problem.samples.count * problem.features, poll)) {}

void NetworkDerivative::setPoint(const Point* point) {
  // Memory comes first: where there is none, everything stays at its point.
  Bindings forward{{problem_.Y.data()}, {point->theta.data(), point->fixedResiduals.data(), nullptr}, {D_.data()}, {}};
  for (const auto& residual : point->residuals) forward.sampleInputs.push_back(residual.data());
  Bindings backward{forward.sampleInputs, {point->theta.data(), point->fixedResiduals.data()}, {}, {nullptr}};
  backward.sampleInputs.push_back(U_.data());
  forward_ = std::move(forward);
  backward_ = std::move(backward);
  point_ = point;
}

void NetworkDerivative::forward(const double* v, const Executor::TileHook& after, const Cancel& cancel) {
  const Timer timer(stopwatch_.network);
  forward_.vectorInputs[2] = v;
  if (factors_ == nullptr) {
    jvp_.run(forward_, nullptr, after, &cancel);
    return;
  }
  const auto scaled = [&](const Tile& tile, const Place& place) {
    scaleRows(D_.data(), tile);
    if (after) after(tile, place);
  };
  jvp_.run(forward_, nullptr, scaled, &cancel);
}

void NetworkDerivative::backward(double* g, const Executor::TileHook& before, const Cancel& cancel) {
  const Timer timer(stopwatch_.network);
  backward_.vectorOutputs[0] = g;
  if (factors_ == nullptr) {
    vjp_.run(backward_, before, nullptr, &cancel);
    return;
  }
  const auto scaled = [&](const Tile& tile, const Place& place) {
    if (before) before(tile, place);
    scaleRows(U_.data(), tile);
  };
  vjp_.run(backward_, scaled, nullptr, &cancel);
}

void NetworkDerivative::reducedGradient(double* g, const Cancel& cancel) {
  const double scale = 1 / static_cast<double>(problem_.samples.total);
  const Projected& at = *point_->projected;
  const auto cotangent = [&](const Tile& tile, const Place&) {
    timesWeights(problem_, tile, scale, at.R.data(), at.W.data(), false, U_.data());
  };
  backward(g, cotangent, cancel);
  for (int64_t i = 0; i < problem_.weights; ++i) g[i] += point_->regularizerGradient[i];
}

void NetworkDerivative::scaleRows(double* rows, const Tile& tile) const {
  const int64_t w = problem_.features;
  for (int64_t n = tile.begin; n < tile.end; ++n) {
    for (int64_t j = 0; j < w; ++j) rows[n * w + j] *= (*factors_)[n];
  }
}

int64_t NetworkDerivative::memoryBytes() const {
  return 8 * static_cast<int64_t>(D_.size() + U_.size()) + jvp_.memoryBytes() + vjp_.memoryBytes();
}

}  // namespace gnvpro
