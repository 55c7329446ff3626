#include "varpro/principal_components.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "blas/blas.h"

namespace gnvpro {
namespace {

constexpr int64_t kStripRows = 512;
// Of the eigenvalues of the Gram matrix: below it, the directions have lost three digits and more in the squares.
constexpr double kClear = 1e-6;
constexpr double kSmallest = 1e-280;  // squares that have not underflowed

/** The columns that are not constant: images have many that are. */
std::vector<int64_t> varyingColumns(int64_t samples, const Rows& X, const Cancel& cancel) {
  const int64_t d = X.cols;
  std::vector<int64_t> varying, constant(d);
  for (int64_t j = 0; j < d; ++j) constant[j] = j;
  for (int64_t n = 1; n < samples && !constant.empty(); ++n) {
    if (n % kStripRows == 0) cancel.poll();
    std::erase_if(constant, [&](int64_t j) {
      if (X.data[n * d + j] == X.data[j]) return false;
      varying.push_back(j);
      return true;
    });
  }
  std::sort(varying.begin(), varying.end());
  return varying;
}

/** The lower triangle of the Gram matrix of some columns less their means, column-major. */
std::vector<double> centredGram(int64_t samples, const Rows& X, const std::vector<int64_t>& columns,
                                const std::vector<double>& mean, const Cancel& cancel) {
  const auto m = static_cast<int64_t>(columns.size());
  std::vector<double> G(m * m), centred(std::min(kStripRows, samples) * m);
  for (int64_t begin = 0; begin < samples; begin += kStripRows) {
    cancel.poll();
    const int64_t rows = std::min(kStripRows, samples - begin);
    for (int64_t n = 0; n < rows; ++n) {
      const double* row = X.data + (begin + n) * X.cols;
      for (int64_t i = 0; i < m; ++i) centred[n * m + i] = row[columns[i]] - mean[columns[i]];
    }
    blas::syrkLowerColumns(m, rows, 1, centred.data(), m, begin == 0 ? 0 : 1, G.data(), m);
  }
  return G;
}

/** From the eigenvectors of the Gram matrix; false where these would be too inaccurate. */
bool fromGram(int64_t samples, const Rows& X, int64_t components, PrincipalComponents& result, const Cancel& cancel) {
  const std::vector<int64_t> columns = varyingColumns(samples, X, cancel);
  const auto m = static_cast<int64_t>(columns.size());
  if (components > m) return false;
  std::vector<double> G = centredGram(samples, X, columns, result.mean, cancel), values(m);
  if (!std::all_of(G.begin(), G.end(), [](double x) { return std::isfinite(x); })) return false;
  cancel.poll();
  blas::eigen(m, G.data(), values.data());
  const double largest = values[m - 1], least = values[m - components];
  if (!(largest > kSmallest && least >= kClear * largest)) return false;
  result.Vt.assign(components * X.cols, 0);
  for (int64_t k = 0; k < components; ++k) {
    result.s.push_back(std::sqrt(values[m - 1 - k]));
    const double* v = G.data() + (m - 1 - k) * m;
    for (int64_t i = 0; i < m; ++i) result.Vt[k * X.cols + columns[i]] = v[i];
  }
  return true;
}

/** With X − x̄ = Q R and R = U diag(s) Vᵀ. */
void fromTriangle(int64_t samples, const Rows& X, int64_t components, PrincipalComponents& result,
                  const Cancel& cancel) {
  const int64_t d = X.cols;
  const std::vector<double> R = centredQr(samples, X, {nullptr, 0}, cancel).R;
  if (!std::all_of(R.begin(), R.end(), [](double x) { return std::isfinite(x); })) {
    result.s.assign(1, std::numeric_limits<double>::quiet_NaN());
    return;
  }
  std::vector<double> U(d * d), Vt(d * d);
  result.s.resize(d);
  blas::svd(d, d, R.data(), result.s.data(), U.data(), Vt.data());
  result.Vt.resize(components * d);
  for (int64_t k = 0; k < components; ++k) {
    for (int64_t i = 0; i < d; ++i) result.Vt[k * d + i] = Vt[i * d + k];
  }
}

}  // namespace

PrincipalComponents principalComponents(int64_t samples, const Rows& X, int64_t components, const Cancel& cancel) {
  PrincipalComponents result{columnMeans(samples, X, cancel), {}, {}};
  if (!fromGram(samples, X, components, result, cancel)) fromTriangle(samples, X, components, result, cancel);
  return result;
}

}  // namespace gnvpro
