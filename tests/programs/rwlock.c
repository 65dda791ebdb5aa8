/* A lock for many readers or one writer: readers never see half of what a writer does. */
#include <pthread.h>
#include <stdio.h>

enum { READERS = 3, WRITERS = 2, TIMES = 25 };

static pthread_rwlock_t lock = PTHREAD_RWLOCK_INITIALIZER;
static struct {
    int first;
    char between[5000];
    int second;
} shared;

static void *read_it(void *unused) {
    long wrong = 0;
    int before = 0;
    for (int i = 0; i < TIMES; i++) {
        pthread_rwlock_rdlock(&lock);
        wrong += shared.first != shared.second || shared.first < before;
        before = shared.first;
        pthread_rwlock_unlock(&lock);
    }
    (void)unused;
    return (void *)wrong;
}

static void *write_it(void *unused) {
    for (int i = 0; i < TIMES; i++) {
        pthread_rwlock_wrlock(&lock);
        shared.first++;
        shared.second++;
        pthread_rwlock_unlock(&lock);
    }
    return unused;
}

int main(void) {
    pthread_t threads[READERS + WRITERS];
    long wrong = 0;
    for (int i = 0; i < READERS + WRITERS; i++)
        pthread_create(&threads[i], NULL, i < READERS ? read_it : write_it, NULL);
    for (int i = 0; i < READERS + WRITERS; i++) {
        void *result;
        pthread_join(threads[i], &result);
        wrong += (long)result;
    }
    printf("%d and %d, %ld wrong\n", shared.first, shared.second, wrong);
    return wrong != 0 || shared.first != WRITERS * TIMES;
}
