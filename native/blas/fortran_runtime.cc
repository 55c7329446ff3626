// The two functions of gfortran's runtime library that a static OpenBLAS refers to, so that the self-contained addon needs
// none of that library. LAPACK calls them to put an option string together (ILAENV) and to read the clock (SECOND).
#include <algorithm>
#include <cstddef>

extern "C" {

/** result = a // b, cut or padded with blanks to the length of the result. */
void _gfortran_concat_string(std::size_t length, char* result, std::size_t lengthA, const char* a, std::size_t lengthB,
                             const char* b) {
  const std::size_t fromA = std::min(length, lengthA);
  const std::size_t fromB = std::min(length - fromA, lengthB);
  std::copy_n(a, fromA, result);
  std::copy_n(b, fromB, result + fromA);
  std::fill(result + fromA + fromB, result + length, ' ');
}
}
