/* What is done once, what each thread has of its own, and what is done when a thread exits. */
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>

enum { THREADS = 4, TIMES = 30 };

static pthread_once_t once = PTHREAD_ONCE_INIT;
static pthread_key_t key;
static atomic_int inits, destroyed;
static __thread int own = 7;
static __thread char zeros[100];

static void destroy(void *value) {
    destroyed += *(int *)value;
    free(value);
}

static void init(void) {
    pthread_key_create(&key, destroy);
    inits++;
}

static void *work(void *number) {
    long wrong = own != 7 || zeros[99] != 0;
    pthread_once(&once, init);
    wrong += pthread_getspecific(key) != NULL;
    int *value = malloc(sizeof *value);
    *value = 0;
    pthread_setspecific(key, value);
    for (int i = 0; i < TIMES; i++) {
        own += (int)(long)number;
        zeros[99]++;
        ++*(int *)pthread_getspecific(key);
    }
    wrong += own != 7 + TIMES * (int)(long)number || zeros[99] != TIMES;
    return (void *)wrong;
}

int main(void) {
    pthread_t threads[THREADS];
    long wrong = 0;
    for (long i = 0; i < THREADS; i++)
        pthread_create(&threads[i], NULL, work, (void *)(i + 1));
    for (int i = 0; i < THREADS; i++) {
        void *result;
        pthread_join(threads[i], &result);
        wrong += (long)result;
    }
    printf("%d once, %d destroyed, own %d, %ld wrong\n", inits, destroyed, own, wrong);
    return !(inits == 1 && destroyed == THREADS * TIMES && own == 7 && wrong == 0);
}
