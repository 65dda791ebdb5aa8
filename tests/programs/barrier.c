/* Phases between barriers: each thread reads in one phase what its neighbour wrote in the last. */
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>

enum { THREADS = 4, PHASES = 8 };

static pthread_barrier_t barrier;
static unsigned cells[2][THREADS];
static atomic_int serial;

static void *work(void *number) {
    int mine = (int)(long)number, next = (mine + 1) % THREADS;
    for (int phase = 0; phase < PHASES; phase++) {
        unsigned *from = cells[phase % 2], *to = cells[(phase + 1) % 2];
        to[mine] = from[mine] * 3 + from[next];
        if (pthread_barrier_wait(&barrier) == PTHREAD_BARRIER_SERIAL_THREAD)
            serial++;
    }
    return NULL;
}

int main(void) {
    pthread_t threads[THREADS];
    unsigned expected[THREADS], old[THREADS];
    pthread_barrier_init(&barrier, NULL, THREADS);
    for (int i = 0; i < THREADS; i++)
        expected[i] = cells[0][i] = i + 1;
    for (int phase = 0; phase < PHASES; phase++) {
        for (int i = 0; i < THREADS; i++)
            old[i] = expected[i];
        for (int i = 0; i < THREADS; i++)
            expected[i] = old[i] * 3 + old[(i + 1) % THREADS];
    }
    for (long i = 0; i < THREADS; i++)
        pthread_create(&threads[i], NULL, work, (void *)i);
    for (int i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
    int wrong = serial != PHASES;
    for (int i = 0; i < THREADS; i++) {
        printf("%u of %u\n", cells[PHASES % 2][i], expected[i]);
        wrong |= cells[PHASES % 2][i] != expected[i];
    }
    printf("%d phases\n", serial);
    return wrong;
}
