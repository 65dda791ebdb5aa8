/* Makes system calls that there are not, each more than once. */
#include <errno.h>
#include <stdio.h>
#include <sys/syscall.h>
#include <unistd.h>

int main(void) {
    int missing = 0;
    for (int i = 0; i < 3; i++) {
        missing += syscall(SYS_execve, NULL, NULL, NULL) == -1 && errno == ENOSYS;
        missing += syscall(5000) == -1 && errno == ENOSYS;
    }
    printf("%d missing\n", missing);
    return 0;
}
