/* Integers are sorted into buckets, as the benchmark IS of the NAS suite does. */
#include <pthread.h>
#include <stdio.h>

enum { THREADS = 3, KEYS = 4096, RANGE = 512 };

static int keys[KEYS], sorted[KEYS], counts[THREADS][RANGE], starts[THREADS][RANGE];
static pthread_barrier_t barrier;

static void *sort(void *number) {
    int mine = (int)(long)number;
    int first = KEYS * mine / THREADS, end = KEYS * (mine + 1) / THREADS;
    for (int i = first; i < end; i++)
        counts[mine][keys[i]]++;
    if (pthread_barrier_wait(&barrier) == PTHREAD_BARRIER_SERIAL_THREAD)
        for (int key = 0, at = 0; key < RANGE; key++)
            for (int thread = 0; thread < THREADS; thread++) {
                starts[thread][key] = at;
                at += counts[thread][key];
            }
    pthread_barrier_wait(&barrier);
    for (int i = first; i < end; i++)
        sorted[starts[mine][keys[i]]++] = keys[i];
    return NULL;
}

int main(void) {
    pthread_t threads[THREADS];
    unsigned state = 314159265;
    long sum = 0;
    for (int i = 0; i < KEYS; i++) {
        state = state * 1664525u + 1013904223u;
        keys[i] = state >> 23;
        sum += keys[i];
    }
    pthread_barrier_init(&barrier, NULL, THREADS);
    for (long i = 0; i < THREADS; i++)
        pthread_create(&threads[i], NULL, sort, (void *)i);
    for (int i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
    int wrong = 0;
    for (int i = 0; i < KEYS; i++) {
        sum -= sorted[i];
        wrong += i > 0 && sorted[i - 1] > sorted[i];
    }
    printf("%d ... %d ... %d, %d wrong, %ld lost\n", sorted[0], sorted[KEYS / 2],
           sorted[KEYS - 1], wrong, sum);
    return wrong != 0 || sum != 0;
}
