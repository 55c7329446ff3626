#include "network/network.h"

#include <algorithm>
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
        tiling_(tiling),
        timings_(timings),
        linearize_(*programs.linearize, tiling, pool),
        jvp_(*programs.jvp, tiling, pool),
        vjp_(*programs.vjp, tiling, pool),
        D_(keepsD() ? zeros<T>(problem.samples.count * problem.features, poll) : std::vector<T>()),
        tileZ_(ofTiles(problem.features)),
        tileD_(keepsD() ? TileBuffers<T>() : ofTiles(problem.features)),
        tileU_(ofTiles(problem.features)) {
    if constexpr (kConverts) {
      for (auto* doubles : {&doublesZ_, &doublesD_, &doublesU_}) {
        *doubles = {tiling.workers(), tiling.tileRows() * problem.features};
      }
    }
    if (!programs.recomputes) return;
    for (size_t i = 1; i < residualColumns().size(); ++i) tileResiduals_.push_back(ofTiles(residualColumns()[i]));
  }

  NetworkPoint allocate(const Poll& poll) const override {
    const int64_t N = problem_.samples.count;
    NetworkPoint point;
    point.theta.resize(problem_.weights);
    if (keepsFeatures()) point.Z = zeros(N * problem_.features, poll);
    auto& residuals = point.residuals.emplace<Residuals<T>>();
    for (size_t i = 1; !programs_.recomputes && i < residualColumns().size(); ++i) {
      residuals.push_back(zeros<T>(N * residualColumns()[i], poll));
    }
    point.fixedResiduals.resize(programs_.linearize->vectorOutputLengths[0]);
    return point;
  }

  void evaluate(NetworkPoint& point, const Cancel& cancel) override {
    const Timer timer(timings_.network);
    Bindings<T> bindings = linearizing(point);
    if (!keepsFeatures()) {
      linearize_.begin(bindings);
      linearize_.finish(bindings);
      return;
    }
    TileHook after;
    if constexpr (kConverts) {
      after = [&](const Tile& tile, const Place& place) { widen(tileZ_.of(place.worker), tile, row(point.Z, tile)); };
    } else {
      bindings.sampleOutputs[0] = point.Z.data();
    }
    linearize_.run(bindings, nullptr, after, &cancel);
  }

  void visit(NetworkPoint& point, const Tiling& tiling, const FeatureHook& hook, const Cancel& cancel) override {
    if (!point.Z.empty()) {
      return tiling.visit(pool_, [&](const Tile& tile, const Place& place) { hook(tile, place, row(point.Z, tile)); });
    }
    const Bindings<T> bindings = linearizing(point);
    linearize_.begin(bindings);
    tiling.visit(pool_, [&](const Tile& tile, const Place& place) {
      cancel.poll();
      linearize_.runTile(bindings, tile, place);
      hook(tile, place, features(tile, place.worker));
    });
  }

  void setPoint(const NetworkPoint& point) override {
    // Memory comes first: where there is none, everything stays at its point.
    Bindings<T> again = linearizing(const_cast<NetworkPoint&>(point));  // nothing of it is written by its tiles
    Bindings<T> forward{{inputs()}, {point.theta.data(), point.fixedResiduals.data(), nullptr}, {}, {}};
    if (keepsD()) {
      forward.sampleOutputs.push_back(D_.data());
    } else {
      forward.sampleOutputs.push_back(tileD_);
    }
    for (auto& residual : tileResiduals_) forward.sampleInputs.push_back(residual);
    for (const auto& residual : std::get<Residuals<T>>(point.residuals)) {
      forward.sampleInputs.push_back(residual.data());
    }
    Bindings<T> backward{forward.sampleInputs, {point.theta.data(), point.fixedResiduals.data()}, {}, {nullptr}};
    backward.sampleInputs.push_back(tileU_);
    point_ = &point;
    again_ = std::move(again);
    forward_ = std::move(forward);
    backward_ = std::move(backward);
  }

  void forward(const double* v, const TileHook& after, const Cancel& cancel) override {
    const Timer timer(timings_.network);
    forward_.vectorInputs[2] = v;
    if (!programs_.recomputes) return jvp_.run(forward_, nullptr, after, &cancel);
    linearize_.begin(again_);
    jvp_.begin(forward_);
    tiling_.visit(pool_, [&](const Tile& tile, const Place& place) {
      cancel.poll();
      linearize_.runTile(again_, tile, place);
      jvp_.runTile(forward_, tile, place);
      after(tile, place);
    });
  }

  void backward(double* g, const double* along, const TileHook& before, const Cancel& cancel) override {
    const Timer timer(timings_.network);
    backward_.vectorOutputs[0] = g;
    const auto fill = [&](const Tile& tile, const Place& place) {
      before(tile, place);
      if constexpr (kConverts) {
        std::transform(doublesU_.of(place.worker), doublesU_.of(place.worker) + size(tile), tileU_.of(place.worker),
                       [](double x) { return static_cast<T>(x); });
      }
    };
    if (!programs_.recomputes) return vjp_.run(backward_, fill, nullptr, &cancel);
    linearize_.begin(again_);
    if (along != nullptr) jvp_.begin(forward_);
    vjp_.begin(backward_);
    tiling_.visit(pool_, [&](const Tile& tile, const Place& place) {
      cancel.poll();
      linearize_.runTile(again_, tile, place);
      if (along != nullptr) jvp_.runTile(forward_, tile, place);
      fill(tile, place);
      vjp_.runTile(backward_, tile, place);
    });
    vjp_.finish(backward_);
  }

  const double* Z(const Tile& tile, int worker) override {
    return point_->Z.empty() ? features(tile, worker) : point_->Z.data() + tile.begin * problem_.features;
  }

  const double* D(const Tile& tile, int worker) override {
    const T* rows = keepsD() ? row(D_, tile) : tileD_.of(worker);
    if constexpr (kConverts) {
      return widen(rows, tile, doublesD_.of(worker));
    } else {
      return rows;
    }
  }

  double* U(const Tile&, int worker) override {
    if constexpr (kConverts) {
      return doublesU_.of(worker);
    } else {
      return tileU_.of(worker);
    }
  }

  int64_t memoryBytes() const override {
    int64_t tiles = tileZ_.memoryBytes() + tileD_.memoryBytes() + tileU_.memoryBytes() + doublesZ_.memoryBytes() +
                    doublesD_.memoryBytes() + doublesU_.memoryBytes();
    for (const auto& residual : tileResiduals_) tiles += residual.memoryBytes();
    return static_cast<int64_t>(D_.size() * sizeof(T)) + tiles + linearize_.memoryBytes() + jvp_.memoryBytes() +
           vjp_.memoryBytes();
  }

 private:
  static constexpr bool kConverts = !std::is_same_v<T, double>;

  const SampleArray<T>& inputs() const { return std::get<SampleArray<T>>(problem_.Y); }
  const std::vector<int32_t>& residualColumns() const { return programs_.linearize->sampleOutputColumns; }
  int64_t size(const Tile& tile) const { return tile.rows() * problem_.features; }
  TileBuffers<T> ofTiles(int64_t columns) const { return {tiling_.workers(), tiling_.tileRows() * columns}; }
  /** Whether the cotangent needs D of all tiles once more. */
  bool keepsD() const { return problem_.isLinear() && !programs_.recomputes; }

  /** Features go to the tile; residuals to the point, or to the tile, too. */
  Bindings<T> linearizing(NetworkPoint& point) {
    Bindings<T> bindings{{inputs()}, {point.theta.data()}, {tileZ_}, {point.fixedResiduals.data()}};
    for (auto& residual : std::get<Residuals<T>>(point.residuals)) bindings.sampleOutputs.push_back(residual.data());
    for (auto& residual : tileResiduals_) bindings.sampleOutputs.push_back(residual);
    return bindings;
  }

  /** Those that linearize has left. */
  const double* features(const Tile& tile, int worker) {
    if constexpr (kConverts) {
      return widen(tileZ_.of(worker), tile, doublesZ_.of(worker));
    } else {
      return tileZ_.of(worker);
    }
  }

  const double* widen(const T* from, const Tile& tile, double* to) const {
    std::copy_n(from, size(tile), to);
    return to;
  }

  template <typename Number>
  Number* row(std::vector<Number>& array, const Tile& tile) const {
    return array.data() + tile.begin * problem_.features;
  }

  const Tiling& tiling_;
  Timings& timings_;
  Executor<T> linearize_, jvp_, vjp_;
  const NetworkPoint* point_ = nullptr;
  Bindings<T> again_, forward_, backward_;
  std::vector<T> D_;  // N × w, where it is kept
  TileBuffers<T> tileZ_, tileD_, tileU_;
  std::vector<TileBuffers<T>> tileResiduals_;           // where they are recomputed
  TileBuffers<double> doublesZ_, doublesD_, doublesU_;  // where T is another number
};

}  // namespace

std::unique_ptr<SampleGradients> Network::sampleGradients(int64_t capacity) const {
  return std::make_unique<SampleGradients>(problem_, *programs_.perSample,
                                           programs_.recomputes ? programs_.linearize.get() : nullptr, capacity, pool_);
}

std::unique_ptr<Network> makeNetwork(const Problem& problem, const Programs& programs, const Tiling& tiling, Pool& pool,
                                     Timings& timings, const Poll& poll) {
  if (problem.isSingle()) return std::make_unique<NetworkOf<float>>(problem, programs, tiling, pool, timings, poll);
  return std::make_unique<NetworkOf<double>>(problem, programs, tiling, pool, timings, poll);
}

}  // namespace gnvpro
