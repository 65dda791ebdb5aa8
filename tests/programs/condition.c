/* A condition variable: everybody waits for each round, and one broadcast begins it. */
#include <pthread.h>
#include <stdio.h>

enum { THREADS = 4, ROUNDS = 6 };

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t begins = PTHREAD_COND_INITIALIZER;
static pthread_cond_t ended = PTHREAD_COND_INITIALIZER;
static int round_number, done, sum;

static void *work(void *number) {
    for (int mine = 1; mine <= ROUNDS; mine++) {
        pthread_mutex_lock(&mutex);
        while (round_number < mine)
            pthread_cond_wait(&begins, &mutex);
        sum += mine * (int)(long)number;
        if (++done == THREADS)
            pthread_cond_signal(&ended);
        pthread_mutex_unlock(&mutex);
    }
    return NULL;
}

int main(void) {
    pthread_t threads[THREADS];
    for (long i = 0; i < THREADS; i++)
        pthread_create(&threads[i], NULL, work, (void *)(i + 1));
    for (int i = 1; i <= ROUNDS; i++) {
        pthread_mutex_lock(&mutex);
        done = 0;
        round_number = i;
        pthread_cond_broadcast(&begins);
        while (done < THREADS)
            pthread_cond_wait(&ended, &mutex);
        printf("round %d: %d\n", i, sum);
        pthread_mutex_unlock(&mutex);
    }
    for (int i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
    return sum != 10 * ROUNDS * (ROUNDS + 1) / 2;
}
