/* Of the Arduino core, what the sample sketch calls; its loop runs once, on the host. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static unsigned long micros() { return 0; }
static void delay(unsigned long) { exit(0); }

static struct {
  void begin(long) {}
  void print(const char *text) { printf("%s", text); }
  void print(char character) { printf("%c", character); }
  void print(int value) { printf("%d", value); }
  void print(long value) { printf("%ld", value); }
  void print(double value) { printf("%.2f", value); }
  void println() { printf("\n"); }
  void println(int value) { printf("%d\n", value); }
  void println(unsigned long value) { printf("%lu\n", value); }
} Serial;

void setup();
void loop();
int main() {
  setup();
  loop();
}
