/* Four threads allocate, grow, shrink and free; large blocks are mapped, moved and unmapped. */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

enum { THREADS = 4, STEPS = 24, SLOTS = 6, PAGE = 4096, LARGE = 160 * 1024 };

struct block {
    unsigned char *bytes;
    size_t size;
    unsigned char mark;
};

static void fill(struct block *block) {
    for (size_t i = 0; i < block->size; i += PAGE)
        block->bytes[i] = (unsigned char)(block->mark + i / PAGE);
}

static int is_wrong(const struct block *block, size_t size) {
    for (size_t i = 0; i < size; i += PAGE)
        if (block->bytes[i] != (unsigned char)(block->mark + i / PAGE))
            return 1;
    return 0;
}

static unsigned next(unsigned *state) {
    *state = *state * 1103515245u + 12345u;
    return *state >> 16;
}

static void *work(void *number) {
    unsigned state = (unsigned)(long)number;
    struct block blocks[SLOTS] = {0};
    long wrong = 0;
    for (int step = 0; step < STEPS; step++) {
        struct block *block = &blocks[next(&state) % SLOTS];
        wrong += is_wrong(block, block->size);
        size_t before = block->size;
        size_t size = step % 6 ? next(&state) % 3000 + 1 : LARGE + next(&state) % LARGE;
        if (next(&state) % 3) {
            block->bytes = realloc(block->bytes, size);
        } else {
            free(block->bytes);
            block->bytes = malloc(size);
            before = 0;
        }
        if (block->bytes == NULL)
            return (void *)-1L;
        block->size = size;
        wrong += is_wrong(block, before < size ? before : size);
        block->mark = step;
        fill(block);
    }
    for (int i = 0; i < SLOTS; i++) {
        wrong += is_wrong(&blocks[i], blocks[i].size);
        free(blocks[i].bytes);
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
