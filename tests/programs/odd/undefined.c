/* Executes what is no instruction. */
int main(void) {
    __asm__ volatile("ud2");
    return 0;
}
