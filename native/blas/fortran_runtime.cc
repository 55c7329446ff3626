// What a static OpenBLAS needs of gfortran's runtime library: with it here, the self-contained addon does without that
// library. Another function, _gfortran_etime, belongs to LAPACK's timers, which nothing calls.
#include <algorithm>
#include <cstddef>

extern "C" {

/** result = a // b, cut or padded with blanks to its length: LAPACK asks ILAENV for block sizes by such names. */
void _gfortran_concat_string(std::size_t length, char* result, std::size_t lengthA, const char* a, std::size_t lengthB,
                             const char* b) {
  const std::size_t fromA = std::min(length, lengthA);
  const std::size_t fromB = std::min(length - fromA, lengthB);
  std::copy_n(a, fromA, result);
  std::copy_n(b, fromB, result + fromA);
  std::fill(result + fromA + fromB, result + length, ' ');
}
}
