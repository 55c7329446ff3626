#include "statistics/centred_qr.h"

#include <algorithm>
#include <numeric>

#include "linalg/panel_qr.h"

namespace gnvpro {
namespace {

/** Powers of two about the deviations. */
std::vector<double> unitsOf(const Moments& moments) {
  std::vector<double> units = moments.deviation;
  for (double& x : units) x = x == 0 ? 0 : unitOf(x);
  return units;
}

std::vector<int64_t> allColumns(int64_t count) {
  std::vector<int64_t> columns(count);
  std::iota(columns.begin(), columns.end(), 0);
  return columns;
}

/** All columns of one of the two matrices. */
struct Side {
  Side(int64_t samples, const Rows& A, const std::vector<double>& weights, const Cancel& cancel)
      : moments(columnMoments(samples, A, weights, cancel)),
        units(unitsOf(moments)),
        rows(A, moments, units, rootsOf(weights), allColumns(A.cols)) {}

  CentredColumns columns() {
    std::replace(units.begin(), units.end(), 0.0, 1.0);
    return {std::move(moments.mean), std::move(moments.rest), std::move(units)};
  }

  Moments moments;
  std::vector<double> units;
  CentredRows rows;
};

}  // namespace

// Block of rows after block of rows: R on top of the next block gives the next R.
std::vector<double> triangleOf(int64_t samples, std::initializer_list<const CentredRows*> parts, const Cancel& cancel) {
  int64_t m = 0;
  for (const CentredRows* part : parts) m += part->cols();
  const int64_t block = std::min(samples, std::max<int64_t>(256, 4 * m)), ld = m + block;
  std::vector<double> work(ld * m), tau(m), R(m * m);
  for (int64_t begin = 0; begin < samples; begin += block) {
    const int64_t count = std::min(block, samples - begin);
    double* to = work.data() + m;
    for (const CentredRows* part : parts) {
      part->copy(begin, count, to, 1, ld);
      to += part->cols() * ld;
    }
    factorizePanels(m + count, m, work.data(), ld, tau.data(), [&] { cancel.poll(); });
    for (int64_t j = 0; j < m; ++j) std::fill(work.data() + j * ld + j + 1, work.data() + j * ld + m, 0.0);
  }
  for (int64_t j = 0; j < m; ++j) std::copy_n(work.data() + j * ld, m, R.data() + j * m);
  return R;
}

CentredQr centredQr(int64_t samples, const Rows& X, const Rows& T, std::span<const double> weights,
                    const Cancel& cancel) {
  const std::vector<double> relative = relativeWeights(weights);
  Side inputs(samples, X, relative, cancel), targets(samples, T, relative, cancel);
  std::vector<double> R = triangleOf(samples, {&inputs.rows, &targets.rows}, cancel);
  return {inputs.columns(), targets.columns(), std::move(R)};
}

}  // namespace gnvpro
