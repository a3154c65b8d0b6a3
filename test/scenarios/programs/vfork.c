/* A parent of vfork(2) is in state D until its child executes a program, without any disk access. */
#include <unistd.h>

int main(void) {
  if (vfork() == 0) {
    pause();
    _exit(0);
  }
  return 0;
}
