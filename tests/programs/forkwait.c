/* Children: exit codes, a signal, and memory that is each process's own. */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

enum { CHILDREN = 4, CELLS = 3000 };

static int cells[CELLS];

static int sum(void) {
    int total = 0;
    for (int i = 0; i < CELLS; i += 500)
        total += cells[i];
    return total;
}

static void be_child(int number) {
    for (int i = 0; i < CELLS; i += 500)
        cells[i] += number;
    _exit(sum() == 6 * (number + 1) ? 10 + number : 1);
}

static void report(const char *what, int status) {
    if (WIFSIGNALED(status))
        printf("%s: signal %d\n", what, WTERMSIG(status));
    else
        printf("%s: exit %d\n", what, WEXITSTATUS(status));
}

static int wait_for(pid_t child, const char *what) {
    int status = 0;
    if (waitpid(child, &status, 0) != child)
        exit(3);
    report(what, status);
    return status;
}

int main(void) {
    pid_t children[CHILDREN];
    int wrong = 0, status;
    for (int i = 0; i < CELLS; i++)
        cells[i] = 1;
    fflush(stdout);
    for (int i = 0; i < CHILDREN; i++) {
        cells[0] = 1;
        children[i] = fork();
        if (children[i] == 0)
            be_child(i);
        if (children[i] < 0)
            return 2;
        cells[0] = 100;
    }
    cells[0] = 1;
    for (int i = CHILDREN - 1; i >= 0; i--)
        wrong |= WEXITSTATUS(wait_for(children[i], "child")) != 10 + i;
    pid_t endless = fork();
    if (endless == 0)
        for (;;)
            ;
    wrong |= waitpid(endless, &status, WNOHANG) != 0;
    wrong |= kill(endless, SIGTERM) != 0;
    wrong |= WTERMSIG(wait_for(endless, "killed")) != SIGTERM;
    pid_t aborting = fork();
    if (aborting == 0)
        abort();
    wrong |= WTERMSIG(wait_for(aborting, "aborts")) != SIGABRT;
    pid_t outer = fork();
    if (outer == 0) {
        pid_t inner = fork();
        if (inner == 0)
            _exit(getppid() == getpid());
        waitpid(inner, &status, 0);
        _exit(WEXITSTATUS(status) == 0 && getpid() != inner ? 33 : 1);
    }
    wrong |= WEXITSTATUS(wait_for(outer, "grandparent")) != 33;
    pid_t unwatched = fork();
    if (unwatched == 0)
        _exit(0);
    wrong |= wait(&status) != unwatched;
    wrong |= wait(&status) != -1 || errno != ECHILD;
    wrong |= kill(unwatched, SIGTERM) != -1 || errno != ESRCH;
    printf("memory %d, %s\n", sum(), wrong ? "wrong" : "right");
    return wrong || sum() != 6;
}
