#include "step/pairs.h"

#include "blas/blas.h"

namespace gnvpro {

Pairs::Pairs(const double* data, int64_t n, int64_t rows, int64_t first, int64_t count) : n_(n) {
  for (int64_t k = 0; k < count; ++k) {
    const double* s = data + (first + k) % rows * 2 * n;
    pairs_.push_back({s, s + n, blas::dot(n, s, s + n)});
  }
}

void Pairs::apply(std::vector<double>& q) const {
  std::vector<double> shares;
  for (auto pair = pairs_.rbegin(); pair != pairs_.rend(); ++pair) {
    shares.push_back(blas::dot(n_, pair->s, q.data()) / pair->sy);
    blas::axpy(n_, -shares.back(), pair->y, q.data());
  }
  const Pair& newest = pairs_.back();
  const double length = blas::norm2(n_, newest.y);
  const double scale = newest.sy / length / length;  // ‖y‖² may overflow
  for (double& x : q) x *= scale;
  for (const Pair& pair : pairs_) {
    blas::axpy(n_, shares.back() - blas::dot(n_, pair.y, q.data()) / pair.sy, pair.s, q.data());
    shares.pop_back();
  }
}

}  // namespace gnvpro
