/* Memory for the solvers, which run without a C library. */
#ifndef ARENITE_MEMORY_H
#define ARENITE_MEMORY_H

#include <stddef.h>
#include <stdint.h>

/* Fresh zeroed memory, aligned to 16 bytes; it lives as long as the module's instance. 0 where there is no more. */
void *reserve(size_t bytes);

#endif
