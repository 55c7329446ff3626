#include "statistics/principal_components.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "blas/blas.h"
#include "statistics/centred_qr.h"

namespace gnvpro {
namespace {

constexpr int64_t kStripRows = 512;
// A share of the largest eigenvalue of the Gram matrix: below it, directions have lost three digits or more in squares.
constexpr double kClear = 1e-6;

/** The columns that are not constant: images have many that are. */
std::vector<int64_t> varyingColumns(const Moments& moments) {
  std::vector<int64_t> varying;
  for (size_t j = 0; j < moments.deviation.size(); ++j) {
    if (moments.deviation[j] != 0) varying.push_back(static_cast<int64_t>(j));
  }
  return varying;
}

/** The lower triangle of the Gram matrix, column-major. */
std::vector<double> gramOf(int64_t samples, const CentredRows& X, const Cancel& cancel) {
  const int64_t m = X.cols();
  std::vector<double> G(m * m), strip(std::min(kStripRows, samples) * m);
  for (int64_t begin = 0; begin < samples; begin += kStripRows) {
    cancel.poll();
    const int64_t rows = std::min(kStripRows, samples - begin);
    X.copy(begin, rows, strip.data(), m, 1);
    blas::syrkLowerColumns(m, rows, 1, strip.data(), m, begin == 0 ? 0 : 1, G.data(), m);
  }
  return G;
}

/** Singular values, and the right singular vectors as rows of `components` × cols. */
struct Directions {
  std::vector<double> s, Vt;
};

/** Whether numbers are finite, which no other thread may write. */
bool areFinite(const std::vector<double>& numbers) {
  return std::all_of(numbers.begin(), numbers.end(), [](double x) { return std::isfinite(x); });
}

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();

/** Directions from the eigenvectors of the Gram matrix; empty where these would be too inaccurate. */
Directions fromGram(int64_t samples, const CentredRows& X, int64_t components, const Cancel& cancel) {
  const int64_t m = X.cols();
  if (components > m) return {};
  std::vector<double> G = gramOf(samples, X, cancel), values(m);
  if (!areFinite(G)) return {{kNaN}, {}};
  cancel.poll();
  blas::eigen(m, G.data(), values.data());
  const double largest = values[m - 1], least = values[m - components];
  if (!(largest > 0 && least >= kClear * largest)) return {};
  Directions result;
  for (int64_t k = 0; k < components; ++k) {
    const double* v = G.data() + (m - 1 - k) * m;
    result.s.push_back(std::sqrt(values[m - 1 - k]));
    result.Vt.insert(result.Vt.end(), v, v + m);
  }
  return result;
}

/** All of them, with X = Q R and R = U diag(s) Vᵀ. */
Directions fromTriangle(int64_t samples, const CentredRows& X, int64_t components, const Cancel& cancel) {
  const int64_t m = X.cols(), count = std::min(components, m);
  if (m == 0) return {{0}, {}};
  const std::vector<double> R = triangleOf(samples, {&X}, cancel);
  if (!areFinite(R)) return {{kNaN}, {}};
  std::vector<double> U(m * m), Vt(m * m);
  Directions result{std::vector<double>(m), std::vector<double>(count * m)};
  blas::svd(m, m, R.data(), result.s.data(), U.data(), Vt.data());
  for (int64_t k = 0; k < count; ++k) {
    for (int64_t i = 0; i < m; ++i) result.Vt[k * m + i] = Vt[i * m + k];
  }
  return result;
}

/** Rows of numbers of some columns as rows of all. */
std::vector<double> spread(const std::vector<double>& rows, const std::vector<int64_t>& columns, int64_t all,
                           int64_t count) {
  const auto m = static_cast<int64_t>(columns.size());
  std::vector<double> result(count * all);
  for (int64_t i = 0; i < static_cast<int64_t>(rows.size()); ++i) result[i / m * all + columns[i % m]] = rows[i];
  return result;
}

}  // namespace

// Squares do not overflow in units of the largest difference, and those that vanish are rounding.
PrincipalComponents principalComponents(int64_t samples, const Rows& X, int64_t components,
                                        std::span<const double> weights, const Cancel& cancel) {
  const std::vector<double> relative = relativeWeights(weights);
  Moments moments = columnMoments(samples, X, relative, cancel);
  const std::vector<int64_t> columns = varyingColumns(moments);
  double range = 0;
  for (const int64_t j : columns) range = std::max(range, moments.range[j]);
  const double unit = unitOf(range);
  if (!std::isfinite(range)) return {std::move(moments.mean), {kNaN}, {}};
  const CentredRows rows(X, moments, std::vector<double>(X.cols, unit), rootsOf(relative), columns);
  Directions found = fromGram(samples, rows, components, cancel);
  if (found.s.empty()) found = fromTriangle(samples, rows, components, cancel);
  const double root = std::sqrt(sumOfWeights(relative, samples));
  for (double& s : found.s) s = s / root * unit;
  return {std::move(moments.mean), std::move(found.s), spread(found.Vt, columns, X.cols, components)};
}

}  // namespace gnvpro
