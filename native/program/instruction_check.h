// The rules of single instructions: how many operands and attributes, of which shapes, within which bounds.
#pragma once

#include <cstdint>

#include "program/program.h"

namespace gnvpro {

struct Signature {
  const char* name;
  int32_t operands;    // −1: one or more
  int32_t attributes;  // −1: by shape
  bool inPlace;        // element i of the result depends on element i of the operands only
};

const Signature& signatureOf(const Instruction& instruction);

/** Throws ProgramError unless instruction `id` is well formed, given that those before it are. */
void checkInstruction(const Program& program, int32_t id);

}  // namespace gnvpro
