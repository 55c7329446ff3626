// The space in which a Krylov step is sought: orthonormal vectors and the quadratic model restricted to them.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <vector>

#include "parallel/cancel.h"
#include "step/trust_region.h"

namespace gnvpro {

class KrylovSpace {
 public:
  struct Options {
    int64_t maxVectors;
    double tolerance;  // on the relative residual of the unconstrained step
    /** q ← B q, an approximate inverse of H; null for the plain Krylov space. */
    std::function<void(std::vector<double>&)> precondition;
  };
  /** Hv of v */
  using Product = std::function<void(const double* v, double* Hv)>;

  /**
   * Vectors of the Krylov space of H started at −g, orthogonalised against all before. With a preconditioner the next
   * vector is B times the residual of the unconstrained step instead.
   */
  KrylovSpace(const Product& H, const std::vector<double>& g, const Options& options, const Cancel& cancel);

  /** Exact within the space. */
  TrustRegionStep minimize(Radius radius) const;

  int64_t vectors() const { return vectors_; }
  double relativeResidual() const { return relativeResidual_; }

 private:
  bool append(const std::vector<double>& direction, const Cancel& cancel);
  void extendModel(const std::vector<double>& g, const Cancel& cancel);
  std::vector<double> residual(const std::vector<double>& g) const;

  int64_t n_;
  int64_t vectors_ = 0;
  double relativeResidual_ = 0;
  std::vector<double> basis_;   // vectors × n, row after row
  std::vector<double> images_;  // H times each
  std::vector<double> gram_;    // VᵀHV, maxVectors × maxVectors
  int64_t capacity_;
  std::vector<double> projectedGradient_;
  std::optional<SpectralModel> model_;
};

}  // namespace gnvpro
