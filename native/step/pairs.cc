#include "step/pairs.h"

#include <utility>

#include "blas/blas.h"

namespace gnvpro {

void Pairs::add(std::vector<double> s, std::vector<double> y) {
  const auto n = static_cast<int64_t>(s.size());
  const double sy = blas::dot(n, s.data(), y.data());
  if (memory_ == 0 || !(sy > 1e-12 * blas::norm2(n, s.data()) * blas::norm2(n, y.data()))) return;
  pairs_.push_back({std::move(s), std::move(y), sy});
  if (static_cast<int64_t>(pairs_.size()) > memory_) pairs_.pop_front();
}

void Pairs::apply(std::vector<double>& q) const {
  if (pairs_.empty()) return;
  const auto n = static_cast<int64_t>(q.size());
  std::vector<double> shares;
  for (auto pair = pairs_.rbegin(); pair != pairs_.rend(); ++pair) {
    shares.push_back(blas::dot(n, pair->s.data(), q.data()) / pair->sy);
    blas::axpy(n, -shares.back(), pair->y.data(), q.data());
  }
  const Pair& newest = pairs_.back();
  const double length = blas::norm2(n, newest.y.data());
  const double scale = newest.sy / length / length;  // ‖y‖² may overflow
  for (double& x : q) x *= scale;
  for (const Pair& pair : pairs_) {
    blas::axpy(n, shares.back() - blas::dot(n, pair.y.data(), q.data()) / pair.sy, pair.s.data(), q.data());
    shares.pop_back();
  }
}

}  // namespace gnvpro
