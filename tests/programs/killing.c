/* Processes with threads at all kinds of work are killed, or end themselves, at any moment. */
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { ROUNDS = 8, PAGE = 4096 };

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t condition = PTHREAD_COND_INITIALIZER;
static volatile int shared;

static void *lock(void *unused) {
    for (;;) {
        pthread_mutex_lock(&mutex);
        shared++;
        pthread_mutex_unlock(&mutex);
    }
    return unused;
}

static void *map(void *unused) {
    for (;;) {
        char *memory =
            mmap(NULL, 2 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        memory[PAGE] = 1;
        munmap(memory, 2 * PAGE);
    }
    return unused;
}

static void *doze(void *unused) {
    for (;;)
        nanosleep(&(struct timespec){0, 2000}, NULL);
    return unused;
}

static void *wait_in_turns(void *unused) {
    for (;;) {
        struct timespec until;
        clock_gettime(CLOCK_REALTIME, &until);
        pthread_mutex_lock(&mutex);
        pthread_cond_timedwait(&condition, &mutex, &until);
        pthread_cond_broadcast(&condition);
        pthread_mutex_unlock(&mutex);
    }
    return unused;
}

static void *fork_and_wait(void *unused) {
    for (;;) {
        pid_t child = fork();
        if (child == 0)
            _exit(0);
        waitpid(child, NULL, 0);
    }
    return unused;
}

static void be_busy(int ends_itself) {
    void *(*works[])(void *) = {lock, map, doze, wait_in_turns, fork_and_wait};
    pthread_t thread;
    for (int i = 0; i < 5; i++)
        pthread_create(&thread, NULL, works[i], NULL);
    while (ends_itself && shared < 20)
        ;
    if (ends_itself)
        exit(44);
    pthread_exit(NULL);
}

int main(void) {
    int wrong = 0;
    for (int round = 0; round < ROUNDS; round++) {
        int ends_itself = round % 4 == 3, status;
        pid_t child = fork();
        if (child == 0)
            be_busy(ends_itself);
        for (volatile int i = 0; i < 700 * round; i++)
            ;
        if (!ends_itself)
            kill(child, SIGKILL);
        wrong += waitpid(child, &status, 0) != child;
        wrong += ends_itself ? !WIFEXITED(status) || WEXITSTATUS(status) != 44
                             : !WIFSIGNALED(status) || WTERMSIG(status) != SIGKILL;
    }
    printf("%d wrong\n", wrong);
    return wrong != 0;
}
