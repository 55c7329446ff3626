#include "network/network.h"

#include <utility>

#include "parallel/zeros.h"

namespace gnvpro {

Network::Network(const Problem& problem, const Programs& programs, const Tiling& tiling, Pool& pool, Timings& timings,
                 const Poll& poll)
    : problem_(problem),
      programs_(programs),
      pool_(pool),
      timings_(timings),
      linearize_(*programs.linearize, tiling, pool),
      jvp_(*programs.jvp, tiling, pool),
      vjp_(*programs.vjp, tiling, pool),
      D_(zeros(problem.samples.count * problem.features, poll)),
      U_(zeros(problem.samples.count * problem.features, poll)) {}

NetworkPoint Network::allocate(const Poll& poll) const {
  const Program& linearize = *programs_.linearize;
  NetworkPoint point;
  point.theta.resize(problem_.weights);
  point.Z = zeros(problem_.samples.count * problem_.features, poll);
  for (size_t i = 1; i < linearize.sampleOutputColumns.size(); ++i) {
    point.residuals.push_back(zeros(problem_.samples.count * linearize.sampleOutputColumns[i], poll));
  }
  point.fixedResiduals.resize(linearize.vectorOutputLengths[0]);
  return point;
}

void Network::evaluate(NetworkPoint& point, const Cancel& cancel) {
  const Timer timer(timings_.network);
  Bindings bindings{{problem_.Y}, {point.theta.data()}, {point.Z.data()}, {point.fixedResiduals.data()}};
  for (auto& residual : point.residuals) bindings.sampleOutputs.push_back(residual.data());
  linearize_.run(bindings, nullptr, nullptr, &cancel);
}

void Network::setPoint(const NetworkPoint& point) {
  // Memory comes first: where there is none, everything stays at its point.
  Bindings forward{{problem_.Y}, {point.theta.data(), point.fixedResiduals.data(), nullptr}, {D_.data()}, {}};
  for (const auto& residual : point.residuals) forward.sampleInputs.push_back(residual.data());
  Bindings backward{forward.sampleInputs, {point.theta.data(), point.fixedResiduals.data()}, {}, {nullptr}};
  backward.sampleInputs.push_back(U_.data());
  forward_ = std::move(forward);
  backward_ = std::move(backward);
}

void Network::forward(const double* v, const Executor::TileHook& after, const Cancel& cancel) {
  const Timer timer(timings_.network);
  forward_.vectorInputs[2] = v;
  jvp_.run(forward_, nullptr, after, &cancel);
}

void Network::backward(double* g, const Executor::TileHook& before, const Cancel& cancel) {
  const Timer timer(timings_.network);
  backward_.vectorOutputs[0] = g;
  vjp_.run(backward_, before, nullptr, &cancel);
}

std::unique_ptr<SampleGradients> Network::sampleGradients(int64_t capacity) const {
  return std::make_unique<SampleGradients>(problem_, *programs_.perSample, programs_.chunkResiduals.get(), capacity, pool_);
}

int64_t Network::memoryBytes() const {
  return static_cast<int64_t>((D_.size() + U_.size()) * sizeof(Element)) + linearize_.memoryBytes() +
         jvp_.memoryBytes() + vjp_.memoryBytes();
}

}  // namespace gnvpro
