/* System calls with arguments that are wrong, and what comes of them. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { FUTEX_WAIT };
enum { FIXED_FLAGS = MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE };

static int number;

static void expect(long result, int error) {
    int got = result == -1 ? errno : 0;
    number++;
    if (got != error)
        printf("%d: %ld, error %d and not %d\n", number, result, got, error);
}

int main(void) {
    struct timespec bad = {-1, 0}, none = {0, 0};
    unsigned word = 5;
    char *memory = mmap(NULL, 8192, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    expect(syscall(SYS_futex, &word, FUTEX_WAIT, 4, NULL), EAGAIN);
    expect(syscall(SYS_futex, &word, FUTEX_WAIT, 5, &none), ETIMEDOUT);
    expect(syscall(SYS_futex, &word, FUTEX_WAIT, 5, &bad), EINVAL);
    expect(syscall(SYS_futex, (char *)&word + 1, FUTEX_WAIT, 5, NULL), EINVAL);
    expect(syscall(SYS_futex, 8, FUTEX_WAIT, 0, NULL), EFAULT);
    expect(syscall(SYS_nanosleep, &bad, NULL), EINVAL);
    expect(syscall(SYS_clock_gettime, 99, &none), EINVAL);
    expect(clock_getres(CLOCK_MONOTONIC, &none), 0);
    expect(syscall(SYS_sched_setaffinity, 0, 8, memory), EINVAL);
    expect(syscall(SYS_sched_getaffinity, 0, 1, memory), EINVAL);
    expect(syscall(SYS_sched_getaffinity, 0, 128, NULL), EFAULT);
    expect(syscall(SYS_uname, NULL), EFAULT);
    expect(munmap(memory + 1, 4096), EINVAL);
    expect(munmap(memory, 0), EINVAL);
    expect(syscall(SYS_mprotect, memory + 1, 4096, PROT_READ), EINVAL);
    expect(mprotect(memory, 1 << 30, PROT_READ), ENOMEM);
    expect((long)mmap(NULL, 0, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0), EINVAL);
    expect((long)mmap(memory, 4096, PROT_READ, FIXED_FLAGS, -1, 0), EEXIST);
    expect((long)mremap(memory + 1, 4096, 8192, MREMAP_MAYMOVE), EINVAL);
    expect((long)mremap(memory, 4096, 0, MREMAP_MAYMOVE), EINVAL);
    expect((long)mremap(memory, 4096, 12288, 0), ENOMEM);
    expect(wait4(-1, NULL, 0, NULL), ECHILD);
    expect(kill(4000000, 0), ESRCH);
    expect(kill(getpid(), 0), 0);
    expect(kill(getpid(), 65), EINVAL);
    expect(kill(getpid(), SIGCHLD), 0);
    expect(signal(SIGTERM, SIG_IGN) == SIG_ERR ? -1 : 0, 0);
    expect(kill(getpid(), SIGTERM), 0);
    expect(signal(SIGKILL, SIG_IGN) == SIG_ERR ? -1 : 0, EINVAL);
    expect(read(77, &word, 4), EBADF);
    expect(write(77, &word, 4), EBADF);
    expect(write(1, (void *)8, 4), EFAULT);
    expect(lseek(77, 0, SEEK_SET), EBADF);
    expect(close(77), EBADF);
    expect(open((char *)8, O_RDONLY), EFAULT);
    expect(syscall(SYS_clock_nanosleep, CLOCK_MONOTONIC, 0, &bad, NULL), EINVAL);
    expect(madvise(memory + 1, 4096, MADV_DONTNEED), EINVAL);
    pid_t zombie = fork();
    if (zombie == 0)
        _exit(0);
    nanosleep(&(struct timespec){0, 200000000}, NULL);
    expect(kill(zombie, SIGTERM), 0);
    expect(waitpid(zombie, NULL, 0) == zombie ? 0 : -1, 0);
    printf("%d looked at\n", number);
    return 0;
}
