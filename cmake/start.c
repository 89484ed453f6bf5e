/* From reset to main on a Cortex-M, and what happens on a fault. */
#include <stdint.h>

#include "harness.h"
#include "semihosting.h"

#define FAULT_STATUS 70

/* Registers of the system control block, Armv6-M to Armv8.1-M. */
#define CCR (*(volatile uint32_t *)0xe000ed14u)
#define CFSR (*(volatile uint32_t *)0xe000ed28u)
#define HFSR (*(volatile uint32_t *)0xe000ed2cu)
#define MMFAR (*(volatile uint32_t *)0xe000ed34u)
#define BFAR (*(volatile uint32_t *)0xe000ed38u)
#define CPACR (*(volatile uint32_t *)0xe000ed88u)
#define CCR_UNALIGN_TRP (1u << 3)
#define CCR_LOB (1u << 19)
#define CPACR_CP10_CP11 (0xfu << 20)

typedef void (*handler)(void);

extern uint32_t arenite_stack_top[], arenite_data_load[], arenite_data_start[], arenite_data_end[];
extern uint32_t arenite_bss_start[], arenite_bss_end[];
extern int main(void);

void start(void);
void fault(void);
void report_fault(const uint32_t *frame);

static void print_register(const char *name, uint32_t value) {
  static const char digits[] = "0123456789abcdef";
  char text[10];
  int32_t i;
  for (i = 0; i < 8; ++i) {
    text[i] = digits[(value >> (28 - 4 * i)) & 15u];
  }
  text[8] = '\n';
  text[9] = '\0';
  harness_print(name);
  harness_print(text);
}

/* `frame`: r0-r3, r12, lr, pc and xpsr as the processor stacked them. */
__attribute__((used)) void report_fault(const uint32_t *frame) {
  uint32_t exception;
  __asm__ volatile("mrs %0, ipsr" : "=r"(exception));
  harness_print("fault\n");
  print_register("exception ", exception);
  print_register("pc        ", frame[6]);
  print_register("lr        ", frame[5]);
  print_register("xpsr      ", frame[7]);
  print_register("r0        ", frame[0]);
  print_register("r1        ", frame[1]);
  print_register("r2        ", frame[2]);
  print_register("r3        ", frame[3]);
  print_register("r12       ", frame[4]);
  print_register("sp        ", (uint32_t)(uintptr_t)frame + 32u);
  print_register("cfsr      ", CFSR);
  print_register("hfsr      ", HFSR);
  print_register("mmfar     ", MMFAR);
  print_register("bfar      ", BFAR);
  semihosting_exit(FAULT_STATUS);
}

__attribute__((naked)) void fault(void) {
  __asm__ volatile("mov r0, sp\n ldr r1, =report_fault\n bx r1\n .ltorg");
}

void start(void) {
  const uint32_t *source = arenite_data_load;
  uint32_t *word;
#if __ARM_ARCH == 6
  CCR |= CCR_UNALIGN_TRP; /* the board's Cortex-M3 then refuses what a Cortex-M0+ refuses */
#endif
#if defined(__ARM_FP) || defined(__ARM_FEATURE_MVE)
  CPACR |= CPACR_CP10_CP11;
#endif
#if defined(__ARM_FEATURE_MVE)
  CCR |= CCR_LOB;
#endif
  __asm__ volatile("dsb\n isb" ::: "memory");
  for (word = arenite_data_start; word < arenite_data_end; ++word) {
    *word = *source++;
  }
  for (word = arenite_bss_start; word < arenite_bss_end; ++word) {
    *word = 0u;
  }
  semihosting_exit(main());
}

__attribute__((section(".vectors"), used)) static const struct {
  uint32_t *stack;
  handler handlers[15];
} vectors = {
  arenite_stack_top,
  {start, fault, fault, fault, fault, fault, fault, fault, fault, fault, fault, fault, fault, fault, fault},
};
