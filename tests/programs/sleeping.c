/* Time: sleeping, waiting with a time-out, and a clock that never goes back. */
#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <time.h>

enum { MILLION = 1000000 };

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t condition = PTHREAD_COND_INITIALIZER;
static int ready;

static long long now(clockid_t clock) {
    struct timespec time;
    clock_gettime(clock, &time);
    return time.tv_sec * 1000LL * MILLION + time.tv_nsec;
}

static int wait_until(long long time) {
    struct timespec until = {time / (1000LL * MILLION), time % (1000LL * MILLION)};
    int result = 0;
    pthread_mutex_lock(&mutex);
    while (!ready && result == 0)
        result = pthread_cond_timedwait(&condition, &mutex, &until);
    pthread_mutex_unlock(&mutex);
    return result;
}

static void *wake(void *unused) {
    struct timespec soon = {0, 2 * MILLION};
    nanosleep(&soon, NULL);
    pthread_mutex_lock(&mutex);
    ready = 1;
    pthread_cond_signal(&condition);
    pthread_mutex_unlock(&mutex);
    return unused;
}

int main(void) {
    struct timespec none = {0, 0}, short_time = {0, 3 * MILLION}, bad = {0, 2000 * MILLION};
    pthread_t thread;
    int wrong = 0;
    long long start = now(CLOCK_MONOTONIC), last = start;
    wrong += nanosleep(&none, NULL) != 0;
    wrong += nanosleep(&short_time, NULL) != 0;
    wrong += now(CLOCK_MONOTONIC) - start < 3 * MILLION;
    wrong += nanosleep(&bad, NULL) != -1 || errno != EINVAL;
    for (int i = 0; i < 20; i++) {
        long long time = now(CLOCK_MONOTONIC);
        wrong += time < last;
        last = time;
    }
    long long goal = now(CLOCK_MONOTONIC) + 2 * MILLION;
    struct timespec until = {goal / (1000LL * MILLION), goal % (1000LL * MILLION)};
    wrong += clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &until, NULL) != 0;
    wrong += now(CLOCK_MONOTONIC) < goal;
    wrong += clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &until, NULL) != 0;
    start = now(CLOCK_REALTIME);
    wrong += wait_until(start + 2 * MILLION) != ETIMEDOUT;
    wrong += now(CLOCK_REALTIME) - start < 2 * MILLION;
    wrong += wait_until(start - MILLION) != ETIMEDOUT;
    pthread_create(&thread, NULL, wake, NULL);
    wrong += wait_until(now(CLOCK_REALTIME) + 60000LL * MILLION) != 0;
    wrong += now(CLOCK_REALTIME) - start > 50000LL * MILLION;
    pthread_join(thread, NULL);
    printf("%d wrong\n", wrong);
    return wrong != 0;
}
