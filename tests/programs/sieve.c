/* The sieve of Eratosthenes, with threads that strike out the multiples of different primes. */
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>

enum { THREADS = 3, LIMIT = 20000 };

static atomic_uchar struck[LIMIT];
static atomic_int next_number = 2;

static void *strike(void *unused) {
    int number;
    while (number = atomic_fetch_add(&next_number, 1), number * number < LIMIT)
        if (!atomic_load_explicit(&struck[number], memory_order_relaxed))
            for (int i = number * number; i < LIMIT; i += number)
                atomic_store_explicit(&struck[i], 1, memory_order_relaxed);
    return unused;
}

int main(void) {
    pthread_t threads[THREADS];
    for (int i = 0; i < THREADS; i++)
        pthread_create(&threads[i], NULL, strike, NULL);
    for (int i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
    int count = 0, last = 0;
    for (int i = 2; i < LIMIT; i++)
        if (!struck[i]) {
            count++;
            last = i;
        }
    printf("%d primes, the last is %d\n", count, last);
    return !(count == 2262 && last == 19997);
}
