/* Has a child, and asks for nothing more. */
#define _GNU_SOURCE
#include <sched.h>
#include <unistd.h>

int main(void) {
    cpu_set_t second;
    CPU_ZERO(&second);
    CPU_SET(1, &second);
    sched_setaffinity(0, sizeof second, &second);
    if (fork() == 0)
        _exit(0);
    for (;;)
        ;
}
