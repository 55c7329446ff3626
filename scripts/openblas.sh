#!/bin/sh
# A static OpenBLAS for the self-contained addon: sh scripts/openblas.sh SOURCES PREFIX, then OPENBLAS_HOME=PREFIX.
# LAPACK comes from its translation to C, so that no Fortran compiler and none of its libraries are needed. Every kernel of
# the architecture is in it, and the first one that runs everywhere is the default. (Written for the release workflow; it
# has not run anywhere yet.)
set -eu
sources=$1
prefix=$2

case "$(uname -s)-$(uname -m)" in
  MINGW* | MSYS*)
    cmake -S "$sources" -B "$sources/build" -G Ninja -DCMAKE_BUILD_TYPE=Release -DCMAKE_INSTALL_PREFIX="$prefix" \
      -DCMAKE_C_COMPILER=clang-cl -DCMAKE_MSVC_RUNTIME_LIBRARY=MultiThreaded -DBUILD_SHARED_LIBS=OFF -DBUILD_TESTING=OFF \
      -DNOFORTRAN=ON -DC_LAPACK=ON -DDYNAMIC_ARCH=ON -DTARGET=NEHALEM -DNUM_THREADS=64
    cmake --build "$sources/build" --target install
    exit
    ;;
  Darwin-arm64) target=VORTEX ;;
  *-x86_64) target=NEHALEM ;;
  *) target=ARMV8 ;;
esac
options="NOFORTRAN=1 C_LAPACK=1 NO_SHARED=1 DYNAMIC_ARCH=1 DYNAMIC_OLDER=1 TARGET=$target USE_THREAD=1 NUM_THREADS=64"
make -C "$sources" -j "$(getconf _NPROCESSORS_ONLN)" $options libs netlib
make -C "$sources" $options PREFIX="$prefix" install
