/* Asks for more memory than there is: of addresses, and then of bytes. */
#define _GNU_SOURCE
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { PAGE = 4096, PAGES = 100000 };

int main(void) {
    int wrong = mmap(NULL, 1L << 50, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) != MAP_FAILED;
    wrong |= errno != ENOMEM || malloc(1L << 48) != NULL;
    long end = syscall(SYS_brk, 0);
    wrong |= syscall(SYS_brk, 1L << 60) != end;
    printf("%s\n", wrong ? "wrong" : "right");
    fflush(stdout);
    char *memory =
        mmap(NULL, (long)PAGES * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    for (int page = 0; page < PAGES; page++)
        memory[page * (long)PAGE] = 1;
    return 0;
}
