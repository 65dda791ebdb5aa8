/* Four threads count, under a mutex and with atomic instructions. */
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>

enum { THREADS = 4, TIMES = 100 };

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static int locked;
static atomic_int added;
static atomic_int swapped;

static void *count(void *unused) {
    for (int i = 0; i < TIMES; i++) {
        pthread_mutex_lock(&mutex);
        locked++;
        pthread_mutex_unlock(&mutex);
        atomic_fetch_add(&added, 1);
        int seen = atomic_load(&swapped);
        while (!atomic_compare_exchange_weak(&swapped, &seen, seen + 3))
            ;
    }
    return unused;
}

int main(void) {
    pthread_t threads[THREADS];
    for (int i = 0; i < THREADS; i++)
        if (pthread_create(&threads[i], NULL, count, NULL))
            return 2;
    for (int i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
    printf("%d locked, %d added, %d swapped\n", locked, added, swapped);
    return !(locked == THREADS * TIMES && added == THREADS * TIMES &&
             swapped == 3 * THREADS * TIMES);
}
