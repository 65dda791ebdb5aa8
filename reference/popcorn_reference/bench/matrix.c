/* Two matrices are multiplied, each thread doing some of the rows. */
#include <pthread.h>
#include <stdio.h>

enum { THREADS = 3, SIZE = 24 };

static double left[SIZE][SIZE], right[SIZE][SIZE], product[SIZE][SIZE];

static void *multiply(void *number) {
    for (int row = (int)(long)number; row < SIZE; row += THREADS)
        for (int column = 0; column < SIZE; column++)
            for (int i = 0; i < SIZE; i++)
                product[row][column] += left[row][i] * right[i][column];
    return NULL;
}

int main(void) {
    pthread_t threads[THREADS];
    for (int i = 0; i < SIZE; i++)
        for (int j = 0; j < SIZE; j++) {
            left[i][j] = i + 2 * j;
            right[i][j] = i == j ? 3 : i < j;
        }
    for (long i = 0; i < THREADS; i++)
        pthread_create(&threads[i], NULL, multiply, (void *)i);
    for (int i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
    int wrong = 0;
    double trace = 0;
    for (int i = 0; i < SIZE; i++)
        for (int j = 0; j < SIZE; j++) {
            double expected = 3 * left[i][j];
            for (int k = 0; k < j; k++)
                expected += left[i][k];
            wrong += product[i][j] != expected;
            trace += i == j ? product[i][j] : 0;
        }
    printf("trace %.1f, last %.1f, %d wrong\n", trace, product[SIZE - 1][SIZE - 1], wrong);
    return wrong != 0;
}
