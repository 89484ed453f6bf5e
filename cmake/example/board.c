/* mps2-an386: UART 0 (Arm, Cortex-M System Design Kit, "APB UART"), and semihosting for the end alone. */
#include "board.h"

typedef struct {
  volatile uint32_t data;
  volatile uint32_t state;
  volatile uint32_t control;
  volatile uint32_t interrupts;
  volatile uint32_t divider;
} uart_registers;

#define UART0 ((uart_registers *)0x40004000u)
#define UART_STATE_TRANSMITTER_FULL 1u
#define UART_CONTROL_TRANSMIT 1u
#define CLOCK_HZ 25000000u
#define BAUD 115200u

#define SEMIHOSTING_EXIT_EXTENDED 0x20u
#define SEMIHOSTING_APPLICATION_EXIT 0x20026u

void board_init(void) {
  UART0->divider = CLOCK_HZ / BAUD;
  UART0->control = UART_CONTROL_TRANSMIT;
}

static void put(char character) {
  while (UART0->state & UART_STATE_TRANSMITTER_FULL) {
  }
  UART0->data = (uint32_t)(unsigned char)character;
}

void board_print(const char *text) {
  while (*text != '\0') {
    put(*text++);
  }
}

void board_print_number(int32_t value) {
  char digits[10];
  int count = 0;
  uint32_t rest = value < 0 ? 0u - (uint32_t)value : (uint32_t)value;
  do {
    digits[count++] = (char)('0' + rest % 10u);
    rest /= 10u;
  } while (rest != 0u);
  if (value < 0) {
    put('-');
  }
  while (count > 0) {
    put(digits[--count]);
  }
}

void board_exit(int status) {
  const uint32_t block[2] = {SEMIHOSTING_APPLICATION_EXIT, (uint32_t)status};
  register uint32_t r0 __asm__("r0") = SEMIHOSTING_EXIT_EXTENDED;
  register const void *r1 __asm__("r1") = block;
  for (;;) {
    __asm__ volatile("bkpt 0xab" : "+r"(r0) : "r"(r1) : "memory", "cc");
  }
}
