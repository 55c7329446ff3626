#include "statistics/moments.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace gnvpro {
namespace {

constexpr int64_t kBlock = 32;         // rows that are summed as they come
constexpr int64_t kBlocks = 128;       // between two polls, at most,
constexpr int64_t kNumbers = 1 << 17;  // as so many numbers are
// A share of the largest entry: a column of no larger range differs by rounding only.
constexpr double kRoundingRange = 8 * std::numeric_limits<double>::epsilon();

/** sum + value, and what rounding takes from it, to give it back later (Kahan, Comm. ACM 8(1), 1965). */
inline void addCompensated(double& sum, double& lost, double value) {
  const double before = sum, term = value - lost;
  sum = before + term;
  lost = sum - before - term;
}

/** Sums side by side: of a block of rows as they come, of the blocks right to rounding. */
class Sums {
 public:
  explicit Sums(int64_t count) : block_(count), sum_(count), lost_(count) {}

  double* block() { return block_.data(); }

  void endBlock() {
    for (size_t j = 0; j < sum_.size(); ++j) {
      addCompensated(sum_[j], lost_[j], block_[j]);
      block_[j] = 0;
    }
  }

  std::vector<double> over(double divisor) && {
    for (double& sum : sum_) sum /= divisor;
    return std::move(sum_);
  }

 private:
  std::vector<double> block_, sum_, lost_;
};

struct Weighted {
  int64_t samples;
  const Rows& A;
  std::span<const double> weights;
  double total;  // of the weights
};

/** `work(row, weight)` for the rows of weight above 0, `endBlock()` after some of them. */
template <typename Work, typename EndBlock>
void eachRow(const Weighted& of, const Cancel& cancel, const Work& work, const EndBlock& endBlock) {
  const int64_t step = std::clamp(kNumbers / of.A.cols / kBlock, int64_t{1}, kBlocks) * kBlock;
  for (int64_t first = 0; first < of.samples; first += step) {
    cancel.poll();
    const int64_t end = std::min(first + step, of.samples);
    const double* rows = of.A.rows(first, end - first);
    for (int64_t begin = first; begin < end; begin += kBlock) {
      for (int64_t n = begin; n < std::min(begin + kBlock, end); ++n) {
        const double weight = of.weights.empty() ? 1 : of.weights[n];
        if (weight > 0) work(rows + (n - first) * of.A.cols, weight);
      }
      endBlock();
    }
  }
}

struct Extents {
  std::vector<double> least, most;
  std::vector<double> about;  // the mean but for rounding of its size
};

Extents extentsOf(const Weighted& of, const Cancel& cancel) {
  constexpr double kInfinity = std::numeric_limits<double>::infinity();
  const int64_t cols = of.A.cols;
  Extents extents{std::vector<double>(cols, kInfinity), std::vector<double>(cols, -kInfinity), {}};
  Sums sums(cols);
  const double share = 0.5 / unitOf(of.total);  // a power of two at which no sum is above the largest entry
  const auto work = [&, share](const double* row, double weight) {
    double* __restrict least = extents.least.data(), * __restrict most = extents.most.data();
    double* __restrict sum = sums.block();
    const double part = share * weight;
    for (int64_t j = 0; j < cols; ++j) {
      least[j] = row[j] < least[j] ? row[j] : least[j];
      most[j] = row[j] > most[j] ? row[j] : most[j];
      sum[j] += part * row[j];
    }
  };
  eachRow(of, cancel, work, [&] { sums.endBlock(); });
  extents.about = std::move(sums).over(share * of.total);
  return extents;
}

struct MeanSquares {
  std::vector<double> offset, square;
};

/** The means of x − from and of its square, in units, `from` too. */
MeanSquares meanSquares(const Weighted& of, const std::vector<double>& from, const std::vector<double>& units,
                        const Cancel& cancel) {
  const int64_t cols = of.A.cols;
  std::vector<double> factors(cols);
  for (int64_t j = 0; j < cols; ++j) factors[j] = 1 / units[j];
  Sums sums(cols), squares(cols);
  const auto work = [&](const double* row, double weight) {
    const double *factor = factors.data(), *at = from.data();
    double* __restrict sum = sums.block(), * __restrict square = squares.block();
    for (int64_t j = 0; j < cols; ++j) {
      const double difference = row[j] * factor[j] - at[j];
      sum[j] += weight * difference;
      square[j] += weight * difference * difference;
    }
  };
  eachRow(of, cancel, work, [&] {
    sums.endBlock();
    squares.endBlock();
  });
  return {std::move(sums).over(of.total), std::move(squares).over(of.total)};
}

}  // namespace

double unitOf(double x) {
  if (x == 0 || !std::isfinite(x)) return 1;
  return std::ldexp(1.0, std::clamp(std::ilogb(x), -1022, 1022));
}

std::vector<double> relativeWeights(std::span<const double> weights) {
  std::vector<double> relative(weights.begin(), weights.end());
  if (relative.empty()) return relative;
  const double factor = 1 / unitOf(*std::max_element(relative.begin(), relative.end()));
  for (double& weight : relative) weight *= factor;
  return relative;
}

std::vector<double> rootsOf(std::span<const double> weights) {
  std::vector<double> roots(weights.begin(), weights.end());
  for (double& root : roots) root = std::sqrt(root);
  return roots;
}

double sumOfWeights(std::span<const double> weights, int64_t samples) {
  if (weights.empty()) return static_cast<double>(samples);
  double sum = 0, lost = 0;
  for (const double weight : weights) addCompensated(sum, lost, weight);
  return sum;
}

// Numbers of a column, in units of half its range and about its mean, are at most 4.
Moments columnMoments(int64_t samples, const Rows& A, std::span<const double> weights, const Cancel& cancel) {
  const Weighted weighted{samples, A, weights, sumOfWeights(weights, samples)};
  const auto [least, most, about] = extentsOf(weighted, cancel);
  std::vector<double> units(A.cols), near(A.cols);
  for (int64_t j = 0; j < A.cols; ++j) {
    const double half = std::max(most[j] / 2 - least[j] / 2, std::numeric_limits<double>::denorm_min());
    units[j] = unitOf(least[j] == most[j] ? least[j] : half);
    near[j] = about[j] / units[j];
  }
  const auto [offset, square] = meanSquares(weighted, near, units, cancel);
  Moments result{near, near, near, near};
  for (int64_t j = 0; j < A.cols; ++j) {
    const double unit = units[j], range = most[j] - least[j];
    const bool isConstant = range <= kRoundingRange * std::max(std::abs(least[j]), std::abs(most[j]));
    result.mean[j] = range == 0 ? least[j] : (near[j] + offset[j]) * unit;
    result.rest[j] = isConstant ? 0 : (near[j] - result.mean[j] / unit + offset[j]) * unit;
    const double variance = square[j] - offset[j] * offset[j];
    result.deviation[j] = isConstant ? 0 : std::sqrt(std::max(variance, 0.0)) * unit;
    result.range[j] = range;
  }
  return result;
}

}  // namespace gnvpro
