/* Threads move themselves from processor to processor, and keep what they have. */
#define _GNU_SOURCE
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { THREADS = 3, ROUNDS = 12 };

static cpu_set_t all;
static __thread double carried;

static void *hop(void *number) {
    long wrong = 0;
    double expected = (double)(long)number;
    carried = expected;
    pid_t self = gettid();
    for (int round = 0; round < ROUNDS; round++)
        for (int cpu = 0; cpu < CPU_SETSIZE; cpu++) {
            if (!CPU_ISSET(cpu, &all))
                continue;
            cpu_set_t one, seen;
            unsigned here = CPU_SETSIZE;
            CPU_ZERO(&one);
            CPU_SET(cpu, &one);
            wrong += sched_setaffinity(0, sizeof one, &one) != 0;
            wrong += sched_getaffinity(0, sizeof seen, &seen) != 0 || !CPU_ISSET(cpu, &seen);
            wrong += syscall(SYS_getcpu, &here, NULL, NULL) != 0 || !CPU_ISSET(here, &all);
            carried += 0.5;
            expected += 0.5;
            wrong += carried != expected || gettid() != self;
        }
    return (void *)wrong;
}

int main(void) {
    pthread_t threads[THREADS];
    long wrong = sched_getaffinity(0, sizeof all, &all) != 0 || CPU_COUNT(&all) == 0;
    for (long i = 0; i < THREADS; i++)
        pthread_create(&threads[i], NULL, hop, (void *)(i + 1));
    for (int i = 0; i < THREADS; i++) {
        void *result;
        pthread_join(threads[i], &result);
        wrong += (long)result;
    }
    printf("%ld wrong\n", wrong);
    return wrong != 0;
}
