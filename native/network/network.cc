#include "network/network.h"

#include <algorithm>
#include <span>
#include <type_traits>
#include <utility>
#include <vector>

#include "parallel/zeros.h"

namespace gnvpro {
namespace {

/** A network whose arrays are of numbers T. */
template <typename T>
class NetworkOf : public Network {
 public:
  NetworkOf(const Problem& problem, const Programs& programs, const Tiling& tiling, Pool& pool, Timings& timings,
            const Poll& poll)
      : Network(problem, programs, pool),
        timings_(timings),
        linearize_(*programs.linearize, tiling, pool),
        jvp_(*programs.jvp, tiling, pool),
        vjp_(*programs.vjp, tiling, pool),
        D_(zeros<T>(problem.samples.count * problem.features, poll)),
        U_(zeros<T>(problem.samples.count * problem.features, poll)) {
    const int64_t rows = kConverts ? tiling.tileRows() : 0;
    for (int i = 0; i < tiling.workers(); ++i) {
      tileD_.emplace_back(rows * problem.features);
      tileU_.emplace_back(rows * problem.features);
    }
  }

  NetworkPoint allocate(const Poll& poll) const override {
    const Program& linearize = *programs_.linearize;
    const int64_t N = problem_.samples.count;
    NetworkPoint point;
    point.theta.resize(problem_.weights);
    point.Z = zeros(N * problem_.features, poll);
    auto& residuals = point.residuals.emplace<Residuals<T>>();
    for (size_t i = 1; i < linearize.sampleOutputColumns.size(); ++i) {
      residuals.push_back(zeros<T>(N * linearize.sampleOutputColumns[i], poll));
    }
    point.fixedResiduals.resize(linearize.vectorOutputLengths[0]);
    return point;
  }

  void evaluate(NetworkPoint& point, const Cancel& cancel) override {
    const Timer timer(timings_.network);
    Bindings<T> bindings{{inputs()}, {point.theta.data()}, {}, {point.fixedResiduals.data()}};
    TileHook after;
    if constexpr (kConverts) {
      // D serves nobody now.
      bindings.sampleOutputs.push_back(D_.data());
      after = [&](const Tile& tile, const Place&) { std::copy_n(row(D_, tile), size(tile), row(point.Z, tile)); };
    } else {
      bindings.sampleOutputs.push_back(point.Z.data());
    }
    for (auto& residual : std::get<Residuals<T>>(point.residuals)) bindings.sampleOutputs.push_back(residual.data());
    linearize_.run(bindings, nullptr, after, &cancel);
  }

  void setPoint(const NetworkPoint& point) override {
    // Memory comes first: where there is none, everything stays at its point.
    Bindings<T> forward{{inputs()}, {point.theta.data(), point.fixedResiduals.data(), nullptr}, {D_.data()}, {}};
    for (const auto& residual : std::get<Residuals<T>>(point.residuals)) {
      forward.sampleInputs.push_back(residual.data());
    }
    Bindings<T> backward{forward.sampleInputs, {point.theta.data(), point.fixedResiduals.data()}, {}, {nullptr}};
    backward.sampleInputs.push_back(U_.data());
    forward_ = std::move(forward);
    backward_ = std::move(backward);
  }

  void forward(const double* v, const TileHook& after, const Cancel& cancel) override {
    const Timer timer(timings_.network);
    forward_.vectorInputs[2] = v;
    jvp_.run(forward_, nullptr, after, &cancel);
  }

  void backward(double* g, const TileHook& before, const Cancel& cancel) override {
    const Timer timer(timings_.network);
    backward_.vectorOutputs[0] = g;
    if constexpr (kConverts) {
      const auto fill = [&](const Tile& tile, const Place& place) {
        before(tile, place);
        round(tileU_[place.worker].data(), size(tile), row(U_, tile));
      };
      vjp_.run(backward_, fill, nullptr, &cancel);
    } else {
      vjp_.run(backward_, before, nullptr, &cancel);
    }
  }

  const double* D(const Tile& tile, int worker) override {
    if constexpr (kConverts) {
      std::copy_n(row(D_, tile), size(tile), tileD_[worker].data());
      return tileD_[worker].data();
    } else {
      return row(D_, tile);
    }
  }

  double* U(const Tile& tile, int worker) override {
    if constexpr (kConverts) {
      return tileU_[worker].data();
    } else {
      return row(U_, tile);
    }
  }

  int64_t memoryBytes() const override {
    const size_t tiles = tileD_.size() * (tileD_[0].size() + tileU_[0].size());
    return static_cast<int64_t>((D_.size() + U_.size()) * sizeof(T) + tiles * sizeof(double)) +
           linearize_.memoryBytes() + jvp_.memoryBytes() + vjp_.memoryBytes();
  }

 private:
  static constexpr bool kConverts = !std::is_same_v<T, double>;

  const SampleArray<T>& inputs() const { return std::get<SampleArray<T>>(problem_.Y); }
  int64_t size(const Tile& tile) const { return tile.rows() * problem_.features; }

  template <typename Number>
  Number* row(std::vector<Number>& array, const Tile& tile) const {
    return array.data() + tile.begin * problem_.features;
  }

  static void round(const double* from, int64_t n, T* to) {
    std::transform(from, from + n, to, [](double x) { return static_cast<T>(x); });
  }

  Timings& timings_;
  Executor<T> linearize_, jvp_, vjp_;
  Bindings<T> forward_, backward_;
  std::vector<T> D_, U_;                            // N × w
  std::vector<std::vector<double>> tileD_, tileU_;  // by worker, where the network's numbers are no doubles
};

}  // namespace

std::unique_ptr<SampleGradients> Network::sampleGradients(int64_t capacity) const {
  return std::make_unique<SampleGradients>(problem_, *programs_.perSample, programs_.chunkResiduals.get(), capacity,
                                           pool_);
}

std::unique_ptr<Network> makeNetwork(const Problem& problem, const Programs& programs, const Tiling& tiling, Pool& pool,
                                     Timings& timings, const Poll& poll) {
  if (problem.isSingle()) return std::make_unique<NetworkOf<float>>(problem, programs, tiling, pool, timings, poll);
  return std::make_unique<NetworkOf<double>>(problem, programs, tiling, pool, timings, poll);
}

}  // namespace gnvpro
