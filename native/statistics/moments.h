// Means and deviations of columns, right to rounding: lib/data/moments.ts in C++.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "parallel/cancel.h"
#include "samples/sample_array.h"

namespace gnvpro {

/** Rows of numbers, for one thread. */
struct Rows {
  SampleArray<double> array;
  int64_t cols;
  const double* rows(int64_t begin, int64_t count) const { return array.rows(begin, count, cols, 0); }
};

/** Each column's. */
struct Moments {
  std::vector<double> mean;       // the nearest number; of a constant column its entries
  std::vector<double> rest;       // the mean less that number
  std::vector<double> deviation;  // 0 for a column that is constant up to rounding
  std::vector<double> range;      // the largest entry less the smallest
};

/** A power of two about the size of x whose inverse is exact, too; 1 for what has no size. */
double unitOf(double x);

/** All times the power of two that brings the largest near 1; empty for ones. */
std::vector<double> relativeWeights(std::span<const double> weights);

std::vector<double> rootsOf(std::span<const double> weights);

/** How many samples they stand for. */
double sumOfWeights(std::span<const double> weights, int64_t samples);

/** `weights`: of the rows, relative, or empty for ones. Rows of weight 0 have no part. */
Moments columnMoments(int64_t samples, const Rows& A, std::span<const double> weights, const Cancel& cancel);

}  // namespace gnvpro
