// Proof, before anything runs, that a decoded program is well formed.
#pragma once

#include "program/program.h"

namespace gnvpro {

/**
 * Checks every operand, shape, index, phase, slot and output, and fills in the phases. Throws ProgramError.
 * Whatever it accepts can run without a further check.
 */
void verify(Program& program);

}  // namespace gnvpro
