/* Uses an instruction of AVX. */
#include <immintrin.h>

__attribute__((target("avx"))) int main(int argc, char **argv) {
    volatile __m256 numbers = _mm256_set1_ps((float)argc);
    (void)argv;
    return (int)numbers[5];
}
