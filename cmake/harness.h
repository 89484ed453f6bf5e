/* What the harness needs from the platform it runs on: host.c and semihosting.c provide it. */
#ifndef ARENITE_HARNESS_H
#define ARENITE_HARNESS_H

#include <stdint.h>

#include "model.h"

/* Files in the working directory; those but the input and the reset are created. */
typedef enum {
  HARNESS_INPUT,  /* input.bin: per sample the bytes of all inputs, one after the other */
  HARNESS_OUTPUT, /* output.bin: likewise the outputs */
  HARNESS_RESULT, /* result.txt: lines key=value */
  HARNESS_TRACE,  /* trace.bin: records {int32 sample, step, output, bytes} followed by that many bytes */
  HARNESS_RESET,  /* reset.bin, if it is there: int32, the sample before which the state is reset once more */
  HARNESS_FILES
} harness_file;

/* 0, or -1 if the file cannot be opened. */
int32_t harness_open(harness_file file);

/* Number of bytes read; fewer than asked for at the end of the file. */
int32_t harness_read(harness_file file, void *data, int32_t bytes);

/* 0, or -1 if not everything could be written. */
int32_t harness_write(harness_file file, const void *data, int32_t bytes);

void harness_close(harness_file file);

/* For people: goes to the console. */
void harness_print(const char *text);

/* Forbids (1) or allows (0) every access to these bytes where the platform can watch them. */
void harness_forbid(const void *data, int32_t bytes, int32_t forbidden);

/* Runs the model once. `stack_bytes`: how deep the call went below its caller's frame; -1 where nothing measures it,
 * -2 if it went through the end of the stack. */
int32_t harness_run(const model_pools *pools, int32_t *stack_bytes);

#endif
