#include "varpro/centred_qr.h"

#include <algorithm>

#include "varpro/panel_qr.h"

namespace gnvpro {
namespace {

constexpr int64_t kRows = 4096;  // between two polls

/** Rows of A, centred, as columns of `out`. */
void copyCentred(const Rows& A, const std::vector<double>& means, int64_t begin, int64_t count, double* out,
                 int64_t ld) {
  for (int64_t j = 0; j < A.cols; ++j) {
    for (int64_t n = 0; n < count; ++n) out[j * ld + n] = A.data[(begin + n) * A.cols + j] - means[j];
  }
}

}  // namespace

std::vector<double> columnMeans(int64_t samples, const Rows& A, const Cancel& cancel) {
  std::vector<double> means(A.cols);
  const double count = static_cast<double>(samples);
  for (int64_t n = 0; n < samples; ++n) {
    if (n % kRows == 0) cancel.poll();
    for (int64_t j = 0; j < A.cols; ++j) means[j] += A.data[n * A.cols + j] / count;
  }
  return means;
}

// Block of rows after block of rows: R on top of the next block gives the next R.
CentredQr centredQr(int64_t samples, const Rows& X, const Rows& T, const Cancel& cancel) {
  CentredQr result{columnMeans(samples, X, cancel), columnMeans(samples, T, cancel), {}};
  const int64_t m = X.cols + T.cols, block = std::min(samples, std::max<int64_t>(256, 4 * m)), ld = m + block;
  std::vector<double> work(ld * m), tau(m);
  for (int64_t begin = 0; begin < samples; begin += block) {
    const int64_t count = std::min(block, samples - begin);
    copyCentred(X, result.inputMean, begin, count, work.data() + m, ld);
    copyCentred(T, result.targetMean, begin, count, work.data() + X.cols * ld + m, ld);
    factorizePanels(m + count, m, work.data(), ld, tau.data(), [&] { cancel.poll(); });
    for (int64_t j = 0; j < m; ++j) std::fill(work.data() + j * ld + j + 1, work.data() + j * ld + m, 0.0);
  }
  result.R.resize(m * m);
  for (int64_t j = 0; j < m; ++j) std::copy_n(work.data() + j * ld, m, result.R.data() + j * m);
  return result;
}

}  // namespace gnvpro
