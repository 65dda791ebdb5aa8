/* The protocol popcorn: kernels that run the threads of one process and share its pages.
 *
 * Kernel 0 is the origin of the process. It knows every thread, which kernel has a copy of which
 * page, what is mapped, and who sleeps. A thread that needs any of this stops, and its question
 * travels to the origin with its context; whoever gets the answer runs the thread. So to migrate is
 * to be answered somewhere else, and a new thread is an answer that nobody has asked for.
 *
 * Nothing here reads, writes, allocates, waits or looks at a clock: what happens is handed in, and
 * messages that come of it are handed out. What does not fit is refused, and changes nothing.
 */
#ifndef POPCORN_H
#define POPCORN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { KERNELS_MAX = 64, THREADS_MAX = 128, PAGES_MAX = 128, CONTEXT_MAX = 1 << 16 };
enum { ORIGIN = 0, NO_KERNEL = KERNELS_MAX };
enum access { NO_ACCESS, READ, WRITE };
enum kind { CALL, ANSWER, RECALL, GAVE, DONE, END, FAREWELL };
enum call {
    FAULT, MIGRATE, CLONE, EXIT, FORK, EXIT_GROUP, MMAP, MMAP_OVER, MUNMAP, FORBID, ALLOW, MREMAP,
    FUTEX_WAIT, FUTEX_WAKE, LOOK, FILL, OTHER, CALLS
};

/* What a message says of a page: what is wanted or granted, and what it holds if it carries that.
 * When an answer arrives, its instruction may write what was granted. */
struct use {
    enum access access;
    bool has_value, is_written;
    uint32_t value, written;
};

struct text {
    const char *at;
    size_t size;
};

/* Any message. The kinds that a field belongs to stand beside it. */
struct message {
    enum kind kind;
    enum { GOAL = 1, VALUE = 2, RESULT = 4, REFUSED = 8 } has;  /* which of those it has */
    uint32_t thread;            /* CALL, ANSWER, DONE */
    uint32_t page;              /* RECALL, GAVE */
    enum access access;         /* RECALL: what another wants to do with the page */
    enum call call;             /* CALL */
    uint32_t goal;              /* CALL, perhaps: the kernel to go to */
    uint32_t value;             /* CALL, GAVE, perhaps: what a page is to hold, or holds */
    int64_t result;             /* ANSWER, perhaps: what a call returns; below 0, Linux's error */
    struct text context;        /* CALL, ANSWER: registers, of which nothing is known here */
    const struct use *uses;     /* CALL, ANSWER: one for each page of the process; or NULL */
};

/* A kernel's side of the process: who runs there, what page tables allow, what frames hold. */
struct member {
    enum { STRANGER, GUEST, GONE } state;   /* what it has been told of the process so far */
    bool runs[THREADS_MAX];
    enum access copy[PAGES_MAX];
    uint32_t frame[PAGES_MAX];
};

/* A thread, as the origin knows it. */
struct thread {
    enum { UNBORN, AWAY, ASKS, SLEEPS, EXITED } life;
    bool executes;              /* its fault was answered: the pages are taken until DONE */
    uint32_t kernel;            /* where it was sent, and where it asks from */
    struct thread *next;        /* who has asked after it */
    struct message ask;         /* what it asks for, with room of its own for what that points to */
    struct use wants[PAGES_MAX];
    char context[CONTEXT_MAX];
    uint32_t count, page;       /* how many pages it wants, and the last of them */
};

/* A page in the origin's directory. The origin's frame is what all copies are made from. */
struct page {
    enum access area, claim;    /* what may be done with it at all, and what it is taken for */
    uint32_t writer;            /* the kernel that may write it, or NO_KERNEL */
    struct thread *taken;       /* whose question has it */
    uint32_t due;               /* how many kernels have still to give way */
    enum { LACKS, HOLDS, GIVES } held[KERNELS_MAX];
};

struct popcorn {
    uint32_t kernels, threads, pages;
    const char *why;            /* the reason for the last refusal */
    struct member member[KERNELS_MAX];
    /* All else is the origin's alone. */
    struct thread thread[THREADS_MAX];
    struct page page[PAGES_MAX];
    enum { APART, JOINED, TOLD } guest[KERNELS_MAX];    /* sent threads; told that all ends */
    struct thread *asking;      /* who asks or sleeps, in the order of coming */
    struct thread *turn;        /* who may take several pages */
    uint32_t living, children;
    bool begun, ending;
};

/* Provided by the user: takes a message; what that points to may change afterwards. */
void popcorn_send(uint32_t to, const struct message *message);

/* Begin anew, with sizes that are within the limits. */
void popcorn_reset(struct popcorn *p, uint32_t kernels, uint32_t threads, uint32_t pages);

/* What can happen; all but the first two at the origin. False: refused, and `why` says why. */
bool popcorn_stop(struct popcorn *p, uint32_t kernel, const struct message *call);
bool popcorn_deliver(struct popcorn *p, uint32_t kernel, uint32_t from, const struct message *m);
bool popcorn_begin(struct popcorn *p, uint32_t to, const struct message *first);
bool popcorn_ring(struct popcorn *p, uint32_t thread);
bool popcorn_kill(struct popcorn *p);

#endif
