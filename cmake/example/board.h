/* What the firmware needs of the board: a serial port, and an end. */
#ifndef BOARD_H
#define BOARD_H

#include <stdint.h>

void board_init(void);

/* Writes to the serial port; returns when the last character has been handed over. */
void board_print(const char *text);
void board_print_number(int32_t value);

/* Stops the emulator; `status` becomes its exit status. On a real board: halts in the debugger. */
__attribute__((noreturn)) void board_exit(int status);

#endif
