/* One thread ends the process while others sleep, wait and run. */
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t never = PTHREAD_COND_INITIALIZER;
static atomic_int begun;

static void *run(void *unused) {
    begun++;
    for (volatile unsigned i = 0;; i++)
        ;
    return unused;
}

static void *sleep_long(void *unused) {
    struct timespec time = {5000, 0};
    begun++;
    nanosleep(&time, NULL);
    return unused;
}

static void *wait_long(void *unused) {
    pthread_mutex_lock(&mutex);
    begun++;
    for (;;)
        pthread_cond_wait(&never, &mutex);
    return unused;
}

static void *end(void *unused) {
    while (begun < 3)
        ;
    printf("%d have begun\n", begun);
    exit(33);
    return unused;
}

int main(void) {
    void *(*works[])(void *) = {run, sleep_long, wait_long, end};
    pthread_t threads[4];
    for (int i = 0; i < 4; i++)
        if (pthread_create(&threads[i], NULL, works[i], NULL))
            return 2;
    pthread_join(threads[3], NULL);
    printf("not reached\n");
    return 1;
}
