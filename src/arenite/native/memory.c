#include "memory.h"

/* One WebAssembly page. */
#define PAGE 65536u

/* Where the linker ends the module's own data. */
extern unsigned char __heap_base;

static size_t used = 0;

__attribute__((export_name("reserve"))) void *reserve(size_t bytes) {
  size_t start = used ? used : ((size_t)&__heap_base + 15u) & ~(size_t)15u;
  size_t end = start + ((bytes + 15u) & ~(size_t)15u);
  size_t have = __builtin_wasm_memory_size(0) * PAGE;
  if (bytes > 0x40000000u || end < start) {
    return 0;
  }
  if (end > have && __builtin_wasm_memory_grow(0, (end - have + PAGE - 1) / PAGE) == (size_t)-1) {
    return 0;
  }
  used = end;
  return (void *)start;
}
