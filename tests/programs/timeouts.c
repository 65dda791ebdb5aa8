/* Waiting with time-outs that race with what is waited for: nothing is lost and nothing doubled. */
#include <errno.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdio.h>
#include <time.h>

enum { WAITERS = 3, TICKETS = 60 };

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t condition = PTHREAD_COND_INITIALIZER;
static sem_t semaphore;
static int tickets, taken, ended;

static struct timespec soon(int nanoseconds) {
    struct timespec time;
    clock_gettime(CLOCK_REALTIME, &time);
    time.tv_nsec += nanoseconds;
    time.tv_sec += time.tv_nsec / 1000000000;
    time.tv_nsec %= 1000000000;
    return time;
}

static void *take_tickets(void *unused) {
    for (int delay = 100;; delay = delay * 7 % 9973) {
        pthread_mutex_lock(&mutex);
        struct timespec until = soon(delay);
        if (!tickets && !ended)
            pthread_cond_timedwait(&condition, &mutex, &until);
        int is_over = ended && !tickets;
        if (tickets) {
            tickets--;
            taken++;
        }
        pthread_mutex_unlock(&mutex);
        if (is_over)
            return unused;
    }
}

static void *take_posts(void *count) {
    for (int delay = 300; *(int *)count < TICKETS; delay = delay * 5 % 7919) {
        struct timespec until = soon(delay);
        if (sem_timedwait(&semaphore, &until) == 0)
            ++*(int *)count;
        else if (errno != ETIMEDOUT)
            break;
    }
    return NULL;
}

int main(void) {
    pthread_t threads[WAITERS + 1];
    int posts = 0, left = 0;
    sem_init(&semaphore, 0, 0);
    for (int i = 0; i < WAITERS; i++)
        pthread_create(&threads[i], NULL, take_tickets, NULL);
    pthread_create(&threads[WAITERS], NULL, take_posts, &posts);
    for (int i = 0; i < TICKETS; i++) {
        pthread_mutex_lock(&mutex);
        tickets++;
        pthread_cond_signal(&condition);
        pthread_mutex_unlock(&mutex);
        sem_post(&semaphore);
        if (i % 8 == 0)
            nanosleep(&(struct timespec){0, 700}, NULL);
    }
    pthread_mutex_lock(&mutex);
    ended = 1;
    pthread_cond_broadcast(&condition);
    pthread_mutex_unlock(&mutex);
    for (int i = 0; i <= WAITERS; i++)
        pthread_join(threads[i], NULL);
    sem_getvalue(&semaphore, &left);
    printf("%d taken, %d posts, %d left\n", taken, posts, left);
    return !(taken == TICKETS && posts == TICKETS && left == 0);
}
