/* Of Zephyr's console, what the sample calls. */
#include <stdio.h>
#define printk printf
