// The reduced Gauss–Newton matrix of a convex loss, assembled from the gradients of each sample.
#pragma once

#include <cstdint>
#include <vector>

#include "elimination/inner_hessian.h"
#include "loss/convex_loss.h"
#include "network/point.h"
#include "network/sample_gradients.h"
#include "parallel/pool.h"
#include "problem/problem.h"

namespace gnvpro {

/**
 * With J_n = ∂z_n/∂θ (w × P) and V_n = W J_n (t × P),
 *   H = (1/N) Σ_n V_nᵀ S_n V_n − KᵀH_W⁻¹K + QᵀH_W⁻¹Q + A,
 *   K = (1/N) Σ_n (S_n V_n) ⊗ z̃_n,   Q = (1/N) Σ_n g_n ⊗ J_n   (both tm × P; the last term only for the full Jacobian).
 * H_W comes factorised, LLᵀ: the second and third term are Gram matrices of L⁻¹K and L⁻¹Q.
 */
class ConvexDense {
 public:
  ConvexDense(const Problem& problem, const ConvexLoss& loss, const Program& perSample, SampleGradientLayout layout,
              Pool& pool);

  /** H, P × P, both triangles. Returns the passes of the network that it took. */
  int64_t assemble(const Point& point, const InnerHessian& inner, std::vector<double>& H, const Cancel& cancel);

  int64_t memoryBytes() const;

 private:
  void computeGradients(const Point& point, const Chunk& chunk, const Cancel& cancel);
  void expand(int64_t feature, const Chunk& chunk);
  void addCurved(const Point& point, const Chunk& chunk);
  void addSums(const Point& point, const Chunk& chunk);
  void addGram(double sign, int64_t rows, const double* left, const double* right, double* H);
  bool full() const { return problem_.jacobian == Jacobian::golubPereyra; }

  const Problem& problem_;
  const ConvexLoss& loss_;
  SampleGradientGroups groups_;
  Pool& pool_;
  int64_t capacity_;
  SampleGradients gradients_;
  std::vector<double> J_;       // features × rows × P
  std::vector<double> V_, SV_;  // rows × t × P
  std::vector<double> Zt_;      // rows × m
  std::vector<double> K_, Q_;   // tm × P
};

}  // namespace gnvpro
