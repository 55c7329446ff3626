// The triangle of a linear least-squares problem with a constant term.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <span>
#include <vector>

#include "parallel/cancel.h"
#include "statistics/centred_rows.h"
#include "statistics/moments.h"

namespace gnvpro {

/** Columns less mean + rest, divided by powers of two. */
struct CentredColumns {
  std::vector<double> mean, rest;
  std::vector<double> unit;  // about the deviation; 1 for a column that is constant up to rounding, which becomes 0
};

struct CentredQr {
  CentredColumns inputs, targets;
  std::vector<double> R;  // (d + t) × (d + t)
};

/** R of the QR factorisation of parts side by side: upper triangular, column-major, zeros below. */
std::vector<double> triangleOf(int64_t samples, std::initializer_list<const CentredRows*> parts, const Cancel& cancel);

/**
 * R of the QR factorisation of [X − x̄, T − t̄], each column in its unit, each row times the root of its weight (all of
 * them relative to one); X is samples × d, T samples × t, weights samples or empty.
 */
CentredQr centredQr(int64_t samples, const Rows& X, const Rows& T, std::span<const double> weights,
                    const Cancel& cancel);

}  // namespace gnvpro
