/* Four threads add up numbers in shared memory, in three ways that go wrong if memory is not what
 * SMP Linux makes of it: under a mutex, with atomic additions, and in phases between barriers.
 *
 * Built with: musl-gcc -O2 -static -pthread -s sums.c -o sums.elf
 */
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>

enum { THREADS = 4, ROUNDS = 100, PHASES = 8 };

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_barrier_t barrier;
static long guarded;
static atomic_long added;
static long phase[PHASES + 1][THREADS];

static void *work(void *argument)
{
    long me = (long)argument;
    for (int i = 1; i <= ROUNDS; i++) {
        pthread_mutex_lock(&lock);
        guarded += i;
        pthread_mutex_unlock(&lock);
        atomic_fetch_add(&added, i);
    }
    for (int i = 0; i < PHASES; i++) {
        pthread_barrier_wait(&barrier);
        phase[i + 1][me] = phase[i][(me + 1) % THREADS] + phase[i][me] + 1;
    }
    return NULL;
}

int main(void)
{
    pthread_t threads[THREADS];
    pthread_barrier_init(&barrier, NULL, THREADS);
    for (long i = 0; i < THREADS; i++)
        pthread_create(&threads[i], NULL, work, (void *)i);
    for (int i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);

    long expected = THREADS * (long)ROUNDS * (ROUNDS + 1) / 2;
    int good = guarded == expected && atomic_load(&added) == expected;
    for (int i = 0; i < THREADS; i++)
        good = good && phase[PHASES][i] == (1L << PHASES) - 1;
    printf("under a mutex %ld, atomically %ld, expected %ld\n", guarded, added, expected);
    printf("after %d phases %ld %ld %ld %ld\n", PHASES, phase[PHASES][0], phase[PHASES][1],
           phase[PHASES][2], phase[PHASES][3]);
    puts(good ? "all is as it should be" : "SOMETHING IS WRONG");
    return good ? 0 : 1;
}
