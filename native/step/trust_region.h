// The trust-region problem min ½ sᵀHs + gᵀs, ‖s‖ ≤ Δ (Moré & Sorensen 1983; Nocedal & Wright, section 4.3).
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "parallel/pool.h"

namespace gnvpro {

/** (H + λI)s = −g with λ ≥ 0 and λ(Δ − ‖s‖) = 0. */
struct TrustRegionStep {
  std::vector<double> s;
  std::vector<double> coordinates;  // of a Krylov step: s by the vectors of its space
  double norm = 0;
  double multiplier = 0;
  bool onBoundary = false;
  double radius = 0;
  double reduction = 0;  // −gᵀs − ½ sᵀHs
  int64_t factorizations = 0;
};

/** No radius: the minimiser of least norm, whose length becomes the radius. */
using Radius = std::optional<double>;

/** H by its eigenvalues: exact to rounding, the hard case included. */
class SpectralModel {
 public:
  /** H symmetric n × n (its lower triangle is read, column-major). */
  SpectralModel(std::vector<double> H, const std::vector<double>& g);

  TrustRegionStep minimize(Radius radius) const;

 private:
  double lowest() const;
  std::vector<double> unconstrained() const;
  std::vector<double> shifted(double tau) const;
  double secularRoot(double radius) const;
  TrustRegionStep assemble(const std::vector<double>& z, double lambda, bool onBoundary, double radius) const;

  int64_t n_;
  std::vector<double> values_;        // ascending
  std::vector<double> vectors_;       // columns
  std::vector<double> coefficients_;  // −Vᵀg
};

/**
 * A large H, exact to rounding: by Cholesky factorisations of H + λI where it is positive definite (one where the
 * unconstrained step fits), else by its eigenvalues.
 */
class DenseModel {
 public:
  /** Memory for n × n. */
  DenseModel(int64_t n, Pool& pool);

  /** H n × n symmetric and g: not copied, they must stay while they are in use. */
  void set(const std::vector<double>& H, const std::vector<double>& g);

  /** A step to the boundary is sought from `multiplier` on. */
  TrustRegionStep minimize(Radius radius, double multiplier);

 private:
  struct Solution {
    double lambda;
    std::vector<double> s;
    double norm;
    double curvature;  // ‖s‖² / sᵀ(H + λI)⁻¹s = −‖s‖ / (d‖s‖/dλ)
  };

  std::optional<TrustRegionStep> unconstrained();
  std::optional<TrustRegionStep> within(double radius, double multiplier);
  std::optional<TrustRegionStep> refined(const Solution& at, double radius);
  TrustRegionStep bySpectrum(Radius radius);
  void copyShifted(double lambda);
  std::optional<Solution> solve(double lambda);
  bool isSingular(double lambda) const;
  TrustRegionStep result(const std::vector<double>& s, double lambda, bool onBoundary, double radius) const;

  int64_t n_;
  Pool& pool_;
  const std::vector<double>* H_ = nullptr;
  const std::vector<double>* g_ = nullptr;
  std::vector<double> factor_;
  std::optional<SpectralModel> spectral_;  // where Cholesky does not serve
  int64_t factorizations_ = 0;
};

}  // namespace gnvpro
