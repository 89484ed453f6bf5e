/* The harness on a computer with an operating system. */
#include <stdio.h>

#include "harness.h"

#if defined(__has_feature)
#if __has_feature(address_sanitizer)
#define WATCHED 1
#endif
#endif
#if defined(__SANITIZE_ADDRESS__)
#define WATCHED 1
#endif

#ifdef WATCHED
#include <sanitizer/asan_interface.h>
#endif

static FILE *files[HARNESS_FILES];

int32_t harness_open(harness_file file) {
  static const char *const names[HARNESS_FILES] = {"input.bin", "output.bin", "result.txt", "trace.bin", "reset.bin"};
  files[file] = fopen(names[file], file == HARNESS_INPUT || file == HARNESS_RESET ? "rb" : "wb");
  return files[file] != NULL ? 0 : -1;
}

int32_t harness_read(harness_file file, void *data, int32_t bytes) {
  return (int32_t)fread(data, 1, (size_t)bytes, files[file]);
}

int32_t harness_write(harness_file file, const void *data, int32_t bytes) {
  return fwrite(data, 1, (size_t)bytes, files[file]) == (size_t)bytes ? 0 : -1;
}

void harness_close(harness_file file) {
  (void)fclose(files[file]);
}

void harness_print(const char *text) {
  (void)fputs(text, stderr);
}

void harness_forbid(const void *data, int32_t bytes, int32_t forbidden) {
#ifdef WATCHED
  if (forbidden) {
    __asan_poison_memory_region(data, (size_t)bytes);
  } else {
    __asan_unpoison_memory_region(data, (size_t)bytes);
  }
#else
  (void)data;
  (void)bytes;
  (void)forbidden;
#endif
}

int32_t harness_run(const model_pools *pools, int32_t *stack_bytes) {
  *stack_bytes = -1;
  return MODEL_RUN(pools);
}
