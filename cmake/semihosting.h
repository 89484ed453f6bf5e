/* What the start-up needs of semihosting. */
#ifndef ARENITE_SEMIHOSTING_H
#define ARENITE_SEMIHOSTING_H

#include <stdint.h>

/* Ends the emulation; `status` becomes the exit status of QEMU. */
__attribute__((noreturn)) void semihosting_exit(int32_t status);

#endif
