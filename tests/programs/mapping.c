/* Threads map and unmap memory at the same time, and look whether theirs stays theirs. */
#define _GNU_SOURCE
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>

enum { THREADS = 4, ROUNDS = 10, PAGE = 4096 };

static int check(unsigned char *memory, int pages, int mark) {
    int wrong = 0;
    for (int page = 0; page < pages; page++)
        wrong += memory[page * PAGE] != mark + page || memory[page * PAGE + PAGE - 1] != 0;
    return wrong;
}

static unsigned char *map(int pages, int mark) {
    unsigned char *memory =
        mmap(NULL, pages * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED)
        return NULL;
    for (int page = 0; page < pages; page++) {
        if (memory[page * PAGE] != 0)
            return NULL;
        memory[page * PAGE] = mark + page;
    }
    return memory;
}

static void *work(void *number) {
    long wrong = 0;
    int mark = 40 * (int)(long)number;
    for (int i = 0; i < ROUNDS; i++) {
        int pages = 2 + i % 4;
        unsigned char *one = map(pages, mark), *two = map(1, mark + 9);
        if (one == NULL || two == NULL)
            return (void *)1000L;
        wrong += check(one, pages, mark);
        wrong += munmap(one + PAGE, (pages - 1) * PAGE) != 0;
        wrong += check(two, 1, mark + 9);
        one = mremap(one, PAGE, 3 * PAGE, MREMAP_MAYMOVE);
        if (one == MAP_FAILED)
            return (void *)2000L;
        wrong += check(one, 1, mark) + (one[2 * PAGE] != 0);
        wrong += madvise(one, PAGE, MADV_DONTNEED) != 0 || one[0] != 0;
        wrong += munmap(one, 3 * PAGE) != 0 || munmap(two, PAGE) != 0;
    }
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
    printf("%ld wrong\n", wrong);
    return wrong != 0;
}
