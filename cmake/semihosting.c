/* The harness on a Cortex-M without an operating system: files by semihosting (Arm, "Semihosting for AArch32 and
 * AArch64"), the stack's depth by painting it. */
#include "harness.h"
#include "semihosting.h"

#define PAINT 0x9e3779b9u

enum {
  SYS_OPEN = 0x01,
  SYS_CLOSE = 0x02,
  SYS_WRITE0 = 0x04,
  SYS_WRITE = 0x05,
  SYS_READ = 0x06,
  SYS_EXIT_EXTENDED = 0x20,
  MODE_READ_BINARY = 1,
  MODE_WRITE_BINARY = 5,
  STOPPED_APPLICATION_EXIT = 0x20026
};

/* Of the linker script: the lowest address that belongs to the stack. */
extern uint32_t arenite_stack_limit[];

static uint32_t handles[HARNESS_FILES];

static uint32_t request(uint32_t operation, const void *argument) {
  register uint32_t r0 __asm__("r0") = operation;
  register const void *r1 __asm__("r1") = argument;
  __asm__ volatile("bkpt 0xab" : "+r"(r0) : "r"(r1) : "memory", "cc");
  return r0;
}

void semihosting_exit(int32_t status) {
  const uint32_t block[2] = {STOPPED_APPLICATION_EXIT, (uint32_t)status};
  for (;;) {
    (void)request(SYS_EXIT_EXTENDED, block);
  }
}

void harness_print(const char *text) {
  (void)request(SYS_WRITE0, text);
}

int32_t harness_open(harness_file file) {
  static const char *const names[HARNESS_FILES] = {"input.bin", "output.bin", "result.txt", "trace.bin",
                                                   "reset.bin"};
  uint32_t block[3] = {0, MODE_WRITE_BINARY, 0};
  block[0] = (uint32_t)(uintptr_t)names[file];
  block[1] = file == HARNESS_INPUT || file == HARNESS_RESET ? MODE_READ_BINARY : MODE_WRITE_BINARY;
  while (names[file][block[2]] != '\0') {
    ++block[2];
  }
  handles[file] = request(SYS_OPEN, block);
  return handles[file] == UINT32_MAX ? -1 : 0;
}

/* Both transfers answer with the number of bytes that were left over. */
int32_t harness_read(harness_file file, void *data, int32_t bytes) {
  const uint32_t block[3] = {handles[file], (uint32_t)(uintptr_t)data, (uint32_t)bytes};
  return bytes - (int32_t)request(SYS_READ, block);
}

int32_t harness_write(harness_file file, const void *data, int32_t bytes) {
  const uint32_t block[3] = {handles[file], (uint32_t)(uintptr_t)data, (uint32_t)bytes};
  return request(SYS_WRITE, block) == 0u ? 0 : -1;
}

void harness_close(harness_file file) {
  (void)request(SYS_CLOSE, &handles[file]);
}

void harness_forbid(const void *data, int32_t bytes, int32_t forbidden) {
  (void)data;
  (void)bytes;
  (void)forbidden;
}

/* One run between two marks: the hints 7 and 8 of the NOP space do nothing on a Cortex-M, and the instruction counter
 * finds them by their symbols. Neither inlined nor cloned, because those symbols can be defined only once. `top` is
 * where the stack ends for the callee. */
static __attribute__((noinline, noclone)) int32_t marked_run(const model_pools *pools, uintptr_t *top) {
  int32_t status;
  __asm__ volatile("mov %0, sp" : "=r"(*top));
  __asm__ volatile(".global arenite_count_begin\narenite_count_begin: .inst.n 0xbf70" ::: "memory");
  status = MODEL_RUN(pools);
  __asm__ volatile(".global arenite_count_end\narenite_count_end: .inst.n 0xbf80" ::: "memory");
  return status;
}

int32_t harness_run(const model_pools *pools, int32_t *stack_bytes) {
  volatile uint32_t *word = arenite_stack_limit;
  uintptr_t top;
  int32_t status;
  __asm__ volatile("mov %0, sp" : "=r"(top));
  while ((uintptr_t)word < top) {
    *word++ = PAINT;
  }
  status = marked_run(pools, &top);
  word = arenite_stack_limit;
  while ((uintptr_t)word < top && *word == PAINT) {
    ++word;
  }
  *stack_bytes = word == arenite_stack_limit ? -2 : (int32_t)(top - (uintptr_t)word);
  return status;
}
