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

/** The lower triangle of the Gram matrix of the centred columns, column-major d × d. */
std::vector<double> centredGram(int64_t samples, const Rows& X, const std::vector<double>& mean, const Cancel& cancel) {
  const int64_t d = X.cols;
  std::vector<double> G(d * d), centred(std::min(kStripRows, samples) * d);
  for (int64_t begin = 0; begin < samples; begin += kStripRows) {
    cancel.poll();
    const int64_t rows = std::min(kStripRows, samples - begin);
    for (int64_t n = 0; n < rows; ++n) {
      for (int64_t j = 0; j < d; ++j) centred[n * d + j] = X.data[(begin + n) * d + j] - mean[j];
    }
    blas::syrkLowerColumns(d, rows, 1, centred.data(), d, begin == 0 ? 0 : 1, G.data(), d);
  }
  return G;
}

/** From the eigenvectors of the Gram matrix; false where these would be too inaccurate. */
bool fromGram(int64_t samples, const Rows& X, int64_t components, PrincipalComponents& result, const Cancel& cancel) {
  const int64_t d = X.cols;
  std::vector<double> G = centredGram(samples, X, result.mean, cancel), values(d);
  if (!std::all_of(G.begin(), G.end(), [](double x) { return std::isfinite(x); })) return false;
  cancel.poll();
  blas::eigen(d, G.data(), values.data());
  const double largest = values[d - 1], least = values[d - components];
  if (!(largest > kSmallest && least >= kClear * largest)) return false;
  for (int64_t k = 0; k < components; ++k) {
    result.s.push_back(std::sqrt(values[d - 1 - k]));
    const double* v = G.data() + (d - 1 - k) * d;
    result.Vt.insert(result.Vt.end(), v, v + d);
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
