/* A process with threads forks: each child has the memory of one moment, and one thread. */
#define _GNU_SOURCE
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

enum { FORKERS = 2, FORKS = 5, PAGE = 4096, PAGES = 4 };

static atomic_long first;
static char apart[2 * PAGE];
static atomic_long second;
static atomic_int ended;

static void *count(void *unused) {
    while (!ended) {
        first++;
        second++;
    }
    return unused;
}

static void *remap(void *unused) {
    long wrong = 0;
    while (!ended) {
        char *memory =
            mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        strcpy(memory + 10, "here");
        memory = mremap(memory, PAGE, PAGES * PAGE, MREMAP_MAYMOVE);
        memory[PAGES * PAGE - 1] = 1;
        wrong += strcmp(memory + 10, "here") != 0;
        munmap(memory, PAGES * PAGE);
    }
    (void)unused;
    return (void *)wrong;
}

static int is_right_child(int mine) {
    long one = first, other = second;
    int is_same = 1;
    for (volatile int i = 0; i < 100; i++)
        is_same &= first == one && second == other;
    first += 1000;
    return is_same && (one == other || one == other + 1) && mine == 7 && apart[PAGE] == 5;
}

static void *fork_often(void *unused) {
    long wrong = 0;
    int mine = 7;
    for (int i = 0; i < FORKS; i++) {
        int status;
        pid_t child = fork();
        if (child == 0)
            _exit(is_right_child(mine) ? 20 + i : 1);
        wrong += waitpid(child, &status, 0) != child || !WIFEXITED(status);
        wrong += WEXITSTATUS(status) != 20 + i;
    }
    (void)unused;
    return (void *)wrong;
}

int main(void) {
    pthread_t threads[FORKERS + 2];
    long wrong = 0;
    void *result;
    memset(apart, 5, sizeof apart);
    pthread_create(&threads[FORKERS], NULL, count, NULL);
    pthread_create(&threads[FORKERS + 1], NULL, remap, NULL);
    for (int i = 0; i < FORKERS; i++)
        pthread_create(&threads[i], NULL, fork_often, NULL);
    for (int i = 0; i < FORKERS + 2; i++) {
        pthread_join(threads[i], &result);
        wrong += (long)result;
        ended = i >= FORKERS - 1;
    }
    wrong += first != second;
    printf("%ld wrong\n", wrong);
    return wrong != 0;
}
