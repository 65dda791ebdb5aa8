/* Protection: children that do what is not allowed die of it, and the parent goes on. */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

enum { PAGE = 4096, PAGES = 3 };

static volatile unsigned char *memory;

static void expect(const char *what, int writes, int place, int signal) {
    int status;
    fflush(stdout);
    pid_t child = fork();
    if (child == 0) {
        if (writes)
            memory[place] = 99;
        _exit(memory[place]);
    }
    if (waitpid(child, &status, 0) != child)
        exit(3);
    if (WIFSIGNALED(status))
        printf("%s: signal %d\n", what, WTERMSIG(status));
    else
        printf("%s: exit %d\n", what, WEXITSTATUS(status));
    if ((WIFSIGNALED(status) ? WTERMSIG(status) : 0) != signal)
        exit(1);
}

static void protect(int page, int pages, int protection) {
    if (mprotect((void *)(memory + page * PAGE), pages * PAGE, protection))
        exit(2);
}

int main(void) {
    memory = mmap(NULL, PAGES * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    for (int page = 0; page < PAGES; page++)
        memory[page * PAGE] = 10 + page;
    expect("write", 1, 0, 0);
    protect(0, PAGES, PROT_READ);
    expect("write where it may only read", 1, 0, SIGSEGV);
    expect("read where it may read", 0, PAGE, 0);
    protect(1, 1, PROT_NONE);
    expect("read where nothing is allowed", 0, PAGE, SIGSEGV);
    expect("write where nothing is allowed", 1, PAGE, SIGSEGV);
    expect("read beside it", 0, 2 * PAGE, 0);
    protect(0, 2, PROT_READ | PROT_WRITE);
    expect("read again", 0, PAGE, 0);
    expect("write again", 1, PAGE, 0);
    expect("write where it may still only read", 1, 2 * PAGE, SIGSEGV);
    munmap((void *)memory, PAGE);
    expect("read where nothing is", 0, 0, SIGSEGV);
    printf("%d %d\n", memory[PAGE], memory[2 * PAGE]);
    return !(memory[PAGE] == 11 && memory[2 * PAGE] == 12);
}
