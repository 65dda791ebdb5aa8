/* Arguments, environment and exit code. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

extern char **environ;

int main(int argc, char **argv) {
    printf("%d arguments\n", argc - 1);
    for (int i = 1; i < argc; i++)
        printf("%d: %zu bytes: %s\n", i, strlen(argv[i]), argv[i]);
    if (argv[argc] != NULL)
        return 1;
    for (char **each = environ; *each; each++)
        printf("%s\n", *each);
    const char *greeting = getenv("GREETING");
    printf("GREETING is %s\n", greeting ? greeting : "not set");
    return 40 + argc;
}
