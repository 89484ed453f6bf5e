/* Status of TVM's C runtime, as far as generated code has an opinion. */
#ifndef ARENITE_TVM_ERROR_CODES_H
#define ARENITE_TVM_ERROR_CODES_H

typedef enum {
  kTvmErrorNoError = 0,
  kTvmErrorFunctionCallInvalidArg = -2 /* a micro-kernel was called with sizes that it was not made for */
} tvm_crt_error_t;

#endif
