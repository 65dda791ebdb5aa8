/* A file in the working folder is written, read back, and read by a child that shares it. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

enum { SIZE = 9000 };

static char written[SIZE], got[SIZE + 10];

static long read_all(int file) {
    long total = 0, count;
    while ((count = read(file, got + total, sizeof got - total)) > 0)
        total += count;
    return count < 0 ? count : total;
}

int main(void) {
    int wrong = 0, status;
    for (int i = 0; i < SIZE; i++)
        written[i] = "0123456789\n"[i % 11];
    int file = open("written.txt", O_RDWR | O_CREAT | O_TRUNC, 0644);
    if (file < 0) {
        printf("open: %s\n", strerror(errno));
        return 2;
    }
    struct iovec pieces[2] = {{written, 5000}, {written + 5000, SIZE - 5000}};
    wrong += writev(file, pieces, 2) != SIZE;
    wrong += lseek(file, 0, SEEK_CUR) != SIZE;
    wrong += lseek(file, -4, SEEK_END) != SIZE - 4;
    wrong += write(file, "<end>", 5) != 5;
    wrong += lseek(file, 0, SEEK_SET) != 0;
    printf("%ld bytes\n", read_all(file));
    wrong += memcmp(got, written, SIZE - 4) != 0 || memcmp(got + SIZE - 4, "<end>", 5) != 0;
    wrong += lseek(file, 100, SEEK_SET) != 100;
    fflush(stdout);
    pid_t child = fork();
    if (child == 0)
        _exit(read(file, got, 50) == 50 && memcmp(got, written + 100, 50) == 0 ? 0 : 1);
    wrong += waitpid(child, &status, 0) != child || status != 0;
    printf("at %ld after a child has read\n", (long)lseek(file, 0, SEEK_CUR));
    wrong += close(file) != 0;
    wrong += close(file) != -1 || errno != EBADF;
    wrong += read(file, got, 1) != -1 || errno != EBADF;
    wrong += open("absent.txt", O_RDONLY) != -1 || errno != ENOENT;
    wrong += open("written.txt", O_RDWR | O_CREAT | O_EXCL, 0644) != -1 || errno != EEXIST;
    file = open("./written.txt", O_WRONLY | O_APPEND);
    wrong += write(file, "!", 1) != 1 || read(file, got, 1) != -1 || errno != EBADF;
    wrong += close(file) != 0;
    file = open("written.txt", O_RDONLY);
    printf("%ld bytes\n", read_all(file));
    wrong += lseek(file, -1, SEEK_SET) != -1 || errno != EINVAL;
    wrong += close(file) != 0;
    printf("%d wrong\n", wrong);
    return wrong != 0;
}
