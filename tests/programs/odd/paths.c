/* Opens files and says for each path what comes of it. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

static void try(const char *path, int flags) {
    char got[6] = "";
    int file = open(path, flags, 0644);
    if (file < 0) {
        printf("%s: error %d\n", path, errno);
        return;
    }
    long count = flags & O_CREAT ? 0 : read(file, got, sizeof got - 1);
    printf("%s: %ld: %s\n", path, count, count > 0 ? got : "");
    close(file);
}

int main(void) {
    try("inside", O_RDONLY);
    try("/inside", O_RDONLY);
    try("folder/../inside", O_RDONLY);
    try("", O_RDONLY);
    try("absent", O_RDONLY);
    try("../secret", O_RDONLY);
    try("/../../secret", O_RDONLY);
    try("link", O_RDONLY);
    try("way/secret", O_RDONLY);
    try("way", O_RDONLY);
    try("pipe", O_RDONLY);
    try("inside", O_RDWR);
    try("inside", O_WRONLY | O_APPEND);
    try("inside", O_RDONLY | O_TRUNC);
    try("made", O_WRONLY | O_CREAT);
    try("../made", O_WRONLY | O_CREAT);
    return 0;
}
