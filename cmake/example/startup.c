/* From reset to main. */
#include <stdint.h>

#include "board.h"

#define CPACR (*(volatile uint32_t *)0xe000ed88u) /* Armv7-M: coprocessor access control */
#define CPACR_FPU (0xfu << 20)

/* Of the linker script. */
extern uint32_t stack_top[], data_load[], data_start[], data_end[], bss_start[], bss_end[];

int main(void);
void reset_handler(void);

void reset_handler(void) {
  const uint32_t *source = data_load;
  uint32_t *word;
  CPACR |= CPACR_FPU;
  __asm__ volatile("dsb\n isb" ::: "memory");
  for (word = data_start; word < data_end; ++word) {
    *word = *source++;
  }
  for (word = bss_start; word < bss_end; ++word) {
    *word = 0u;
  }
  board_exit(main());
}

static void fault_handler(void) {
  board_print("fault\n");
  board_exit(2);
}

/* The initial stack pointer, and the exceptions 1 to 15; no interrupt is ever enabled. */
__attribute__((section(".vectors"), used)) static const struct {
  uint32_t *stack;
  void (*handlers[15])(void);
} vectors = {
  stack_top,
  {
    reset_handler, fault_handler, fault_handler, fault_handler, fault_handler, fault_handler, fault_handler, fault_handler,
    fault_handler, fault_handler, fault_handler, fault_handler, fault_handler, fault_handler, fault_handler,
  },
};
