/* Two bounded buffers, one with a mutex and conditions, one with semaphores. */
#include <pthread.h>
#include <semaphore.h>
#include <stdio.h>

enum { ITEMS = 60, PLACES = 4, PAIRS = 2 };

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t changed = PTHREAD_COND_INITIALIZER;
static int first[PLACES], in, out;

static sem_t room, filled, alone;
static int second[PLACES], head, tail;
static long sums[PAIRS];

static void put(int item) {
    pthread_mutex_lock(&mutex);
    while (in - out == PLACES)
        pthread_cond_wait(&changed, &mutex);
    first[in++ % PLACES] = item;
    pthread_cond_broadcast(&changed);
    pthread_mutex_unlock(&mutex);
}

static int get(void) {
    pthread_mutex_lock(&mutex);
    while (in == out)
        pthread_cond_wait(&changed, &mutex);
    int item = first[out++ % PLACES];
    pthread_cond_broadcast(&changed);
    pthread_mutex_unlock(&mutex);
    return item;
}

static void *produce(void *unused) {
    for (int i = 1; i <= ITEMS; i++)
        put(i);
    return unused;
}

static void *forward(void *unused) {
    for (int i = 0; i < ITEMS; i++) {
        int item = get();
        sem_wait(&room);
        sem_wait(&alone);
        second[head++ % PLACES] = 2 * item;
        sem_post(&alone);
        sem_post(&filled);
    }
    return unused;
}

static void *consume(void *number) {
    for (int i = 0; i < ITEMS; i++) {
        sem_wait(&filled);
        sem_wait(&alone);
        sums[(long)number] += second[tail++ % PLACES];
        sem_post(&alone);
        sem_post(&room);
    }
    return NULL;
}

int main(void) {
    pthread_t threads[3 * PAIRS];
    sem_init(&room, 0, PLACES);
    sem_init(&filled, 0, 0);
    sem_init(&alone, 0, 1);
    for (long i = 0; i < PAIRS; i++) {
        pthread_create(&threads[3 * i], NULL, produce, NULL);
        pthread_create(&threads[3 * i + 1], NULL, forward, NULL);
        pthread_create(&threads[3 * i + 2], NULL, consume, (void *)i);
    }
    for (int i = 0; i < 3 * PAIRS; i++)
        pthread_join(threads[i], NULL);
    long sum = sums[0] + sums[1];
    printf("%ld consumed, %d left\n", sum, (in - out) + (head - tail));
    return !(sum == 2L * PAIRS * ITEMS * (ITEMS + 1) / 2 && in == out && head == tail);
}
