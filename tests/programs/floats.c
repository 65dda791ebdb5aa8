/* Numbers: double and long double, ways to round, and vectors of floats. */
#include <emmintrin.h>
#include <fenv.h>
#include <math.h>
#include <pthread.h>
#include <stdio.h>

enum { THREADS = 3, TERMS = 60 };

static void *add_up(void *number) {
    static const int modes[] = {FE_TONEAREST, FE_UPWARD, FE_DOWNWARD};
    static double sums[THREADS];
    int mine = (int)(long)number;
    volatile double one = 1, sum = 0;
    fesetround(modes[mine]);
    for (int i = 1; i <= TERMS; i++)
        sum += one / i;
    sums[mine] = fegetround() == modes[mine] ? sum : -1;
    return &sums[mine];
}

static void show_functions(void) {
    double sum = 0;
    for (int i = 1; i < 20; i++)
        sum += sin(i) * exp(-i / 7.0) + pow(i, 0.3) - log1p(i) + cbrt(i) * atan2(i, 3);
    printf("%a\n", sum);
    volatile long double seventh = 1.0L / 7, root = sqrtl(2);
    printf("%La %La %.12Lf\n", seventh, root * root, expl(seventh));
    printf("%a %a %ld\n", fmod(1e10, 7.5), rint(2.5), lrint(-3.5));
}

static void show_vectors(void) {
    __m128 four = _mm_set_ps(1, 2, 3, 4), sums = _mm_setzero_ps();
    __m128d two = _mm_set_pd(0.1, 0.2);
    for (int i = 0; i < TERMS; i++) {
        sums = _mm_add_ps(_mm_mul_ps(sums, _mm_set1_ps(0.75f)), _mm_div_ps(four, sums));
        sums = _mm_min_ps(_mm_sqrt_ps(_mm_max_ps(sums, four)), _mm_set1_ps(9));
        two = _mm_add_pd(_mm_mul_pd(two, two), _mm_set1_pd(0.125));
    }
    float out[4];
    double pair[2];
    _mm_storeu_ps(out, sums);
    _mm_storeu_pd(pair, two);
    printf("%a %a %a %a, %a %a\n", out[0], out[1], out[2], out[3], pair[0], pair[1]);
}

int main(void) {
    pthread_t threads[THREADS];
    void *sums[THREADS];
    for (long i = 0; i < THREADS; i++)
        pthread_create(&threads[i], NULL, add_up, (void *)i);
    for (int i = 0; i < THREADS; i++) {
        pthread_join(threads[i], &sums[i]);
        printf("%a\n", *(double *)sums[i]);
    }
    show_functions();
    show_vectors();
    double near = *(double *)sums[0], up = *(double *)sums[1], down = *(double *)sums[2];
    return !(down < near && near < up && fegetround() == FE_TONEAREST);
}
