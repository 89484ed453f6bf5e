/* TVM's interface for memory at run time. A library whose workspace is planned (USMP) includes this header but calls
 * neither function, so that none is defined here. */
#ifndef ARENITE_TVM_C_BACKEND_API_H
#define ARENITE_TVM_C_BACKEND_API_H

#include <tvm/runtime/c_runtime_api.h>

#ifdef __cplusplus
extern "C" {
#endif

void *TVMBackendAllocWorkspace(int device_type, int device_id, uint64_t bytes, int type_code, int type_bits);
int TVMBackendFreeWorkspace(int device_type, int device_id, void *memory);

#ifdef __cplusplus
}
#endif

#endif
