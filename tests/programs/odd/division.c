/* Divides by zero. */
int main(int argc, char **argv) {
    volatile int zero = 0;
    (void)argv;
    return argc / zero;
}
