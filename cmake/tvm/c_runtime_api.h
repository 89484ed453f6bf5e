/* What the C that TVM's AOT executor prints takes from TVM's header of this name: how its functions are declared.
 * Arenite's own, for projects that build without a TVM. */
#ifndef ARENITE_TVM_C_RUNTIME_API_H
#define ARENITE_TVM_C_RUNTIME_API_H

#include <dlpack/dlpack.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define TVM_DLL
#define TVM_WEAK __attribute__((weak))

#endif
