/* The protocol popcorn (popcorn.h): what any kernel does, then what the origin does. */
#include "popcorn.h"

#include <string.h>

enum { AGAIN = -11, NO_MEMORY = -12, BAD_ADDRESS = -14, TIMED_OUT = -110 }; /* as Linux has them */

#define EACH(i, count) (uint32_t i = 0; i < (count); i++)

/* What a call is about; those that take nothing take effect at once, even if they name a page. */
static const struct form {
    enum { NOTHING, ONE, ANY } about;
    enum access wants;
    bool takes;
    unsigned needs;
} forms[CALLS] = {
    [FAULT] = {ANY, .takes = true}, [FORK] = {.takes = true}, [MIGRATE] = {.needs = GOAL},
    [MMAP_OVER] = {ONE, WRITE, true, 0}, [MUNMAP] = {ONE, WRITE, true, 0},
    [MREMAP] = {ONE, WRITE, true, 0}, [FORBID] = {ONE, READ, true, 0},
    [ALLOW] = {ONE, READ, true, 0}, [LOOK] = {ONE, READ, true, 0},
    [FILL] = {ONE, WRITE, true, VALUE}, [FUTEX_WAIT] = {ONE, READ, true, VALUE},
    [FUTEX_WAKE] = {ONE, READ, false, 0},
};

static void send(uint32_t to, struct message message) { popcorn_send(to, &message); }
static bool refuse(struct popcorn *p, const char *why) { return p->why = why, false; }

static bool is_call(struct popcorn *p, uint32_t kernel, const struct message *m) {
    const struct form *form = &forms[m->call];
    uint32_t count = 0;
    bool fits = true;
    for EACH(i, p->pages) {
        count += m->uses[i].access != NO_ACCESS;
        fits &= form->about != ONE || !m->uses[i].access || m->uses[i].access == form->wants;
    }
    fits &= form->about == ANY ? count > 0 : count == (form->about == ONE);
    if (!fits) return refuse(p, "this is not what this call wants of pages, or not of so many");
    if ((m->has & form->needs) != form->needs) return refuse(p, "a goal or a value is missing");
    if (form->needs == GOAL && (m->goal >= p->kernels || m->goal == kernel))
        return refuse(p, "a thread migrates to another kernel, if there is such a one");
    return true;
}

/* --- any kernel ------------------------------------------------------------------------------ */

bool popcorn_stop(struct popcorn *p, uint32_t kernel, const struct message *m) {
    struct member *member = &p->member[kernel];
    bool faults = m->call != FAULT;
    if (m->thread >= p->threads || !member->runs[m->thread])
        return refuse(p, "this thread does not run on this kernel");
    if (!is_call(p, kernel, m)) return false;
    for EACH(i, p->pages)
        faults |= member->copy[i] < m->uses[i].access;
    if (!faults) return refuse(p, "this thread may do all that it is said to fault on");
    member->runs[m->thread] = false;
    popcorn_send(ORIGIN, m);
    return true;
}

/* Run a thread. After a fault its pages are mapped and its instruction is executed before anything
 * else is heard of them: so a thread that is answered has made a step, whatever others want. */
static bool hear_answer(struct popcorn *p, uint32_t kernel, const struct message *m) {
    struct member *member = &p->member[kernel];
    bool faulted = false;
    if (member->state == GONE || m->thread >= p->threads || member->runs[m->thread])
        return refuse(p, "this kernel cannot begin to run this thread");
    for EACH(i, p->pages) {
        const struct use *use = &m->uses[i];
        if (use->access && kernel != ORIGIN && use->has_value == (member->copy[i] != NO_ACCESS))
            return refuse(p, "a page comes with its value just if the kernel has no copy of it");
        if (use->is_written && use->access != WRITE)
            return refuse(p, "a page is written that was not granted for that");
        faulted |= use->access > NO_ACCESS;
    }
    member->state = GUEST;
    member->runs[m->thread] = true;
    for EACH(i, p->pages) {
        const struct use *use = &m->uses[i];
        if (use->is_written || (use->has_value && kernel != ORIGIN))
            member->frame[i] = use->is_written ? use->written : use->value;
        if (member->copy[i] < use->access)
            member->copy[i] = use->access;
    }
    if (faulted) send(ORIGIN, (struct message){.kind = DONE, .thread = m->thread});
    return true;
}

/* Give way: write no more, or drop the copy, and send what may have been written. */
static bool hear_recall(struct popcorn *p, uint32_t kernel, const struct message *m) {
    struct member *member = &p->member[kernel];
    if (m->page >= p->pages || member->copy[m->page] < (m->access == READ ? WRITE : READ))
        return refuse(p, "this kernel is in nobody's way");
    bool carries = member->copy[m->page] == WRITE && kernel != ORIGIN;
    member->copy[m->page] = m->access == READ ? READ : NO_ACCESS;
    send(ORIGIN, (struct message){.kind = GAVE, .page = m->page, .has = carries ? VALUE : 0,
                                  .value = member->frame[m->page]});
    return true;
}

static bool hear_end(struct popcorn *p, uint32_t kernel) {
    if (p->member[kernel].state != GUEST) return refuse(p, "the process is not on this kernel");
    p->member[kernel] = (struct member){.state = GONE};
    send(ORIGIN, (struct message){.kind = FAREWELL});
    return true;
}

/* --- the origin: threads and questions ------------------------------------------------------- */

static void send_thread(struct popcorn *p, struct thread *t, uint32_t kernel, struct message m) {
    t->life = AWAY;
    t->kernel = kernel;
    p->guest[kernel] = JOINED;
    m.kind = ANSWER;
    m.thread = (uint32_t)(t - p->thread);
    popcorn_send(kernel, &m);
}

static struct thread **find(struct popcorn *p, const struct thread *t) {
    struct thread **at = &p->asking;
    while (*at != t)
        at = &(*at)->next;
    return at;
}

static void give_back(struct popcorn *p, const struct thread *t) {
    for EACH(i, p->pages)
        if (p->page[i].taken == t) p->page[i].taken = NULL;
}

/* A thread asks no more. Pages that were granted stay taken. */
static void strike(struct popcorn *p, struct thread *t) {
    *find(p, t) = t->next;
    if (p->turn == t) p->turn = NULL;
    if (!t->executes) give_back(p, t);
}

/* Answer a question to where its thread is to go on. */
static bool reply(struct popcorn *p, struct thread *t, uint32_t kernel, struct message m) {
    strike(p, t);
    m.context = t->ask.context;
    send_thread(p, t, kernel, m);
    return true;
}

static bool answer(struct popcorn *p, struct thread *t, int64_t result) {
    return reply(p, t, t->kernel, (struct message){.has = RESULT, .result = result});
}

/* To ask is from now on to exit. Pages stay taken, because some have still to be given. */
static bool end(struct popcorn *p) {
    p->ending = true;
    for (; p->asking; p->asking = p->asking->next)
        p->asking->life = EXITED;
    for EACH(k, p->kernels)
        if (p->guest[k] == JOINED) {
            p->guest[k] = TOLD;
            send(k, (struct message){.kind = END});
        }
    return true;
}

/* --- the origin: pages ----------------------------------------------------------------------- */

/* Recall a page that is free from whoever is in the way: for a writer all others that have a copy,
 * for a reader only the writer. Calls other than faults are the origin's own use of the page. */
static void claim(struct popcorn *p, struct thread *t, uint32_t i, enum access access) {
    struct page *page = &p->page[i];
    uint32_t excused = t->ask.call == FAULT ? t->kernel : ORIGIN;
    page->taken = t;
    page->claim = access;
    for EACH(k, p->kernels)
        if (k != excused && page->held[k] && (access == WRITE || k == page->writer)) {
            page->held[k] = GIVES;
            page->due++;
            send(k, (struct message){.kind = RECALL, .page = i, .access = access});
        }
}

/* Take what is free of the pages that a question wants; whether it has them all. Who holds one page
 * while waiting for another needs the turn, or two could wait for each other. A fork wants whatever
 * is mapped when it has it all. */
static bool take(struct popcorn *p, struct thread *t) {
    bool forks = t->ask.call == FORK, several = forks || t->count > 1, has_all = true;
    if (several && !p->turn) p->turn = t;
    if (several && p->turn != t) return false;
    for EACH(i, p->pages) {
        struct page *page = &p->page[i];
        enum access access = !forks ? t->wants[i].access : page->area ? READ : NO_ACCESS;
        if (access && !page->taken) claim(p, t, i, access);
        has_all &= !access || (page->taken == t && !page->due);
    }
    return has_all;
}

/* The answer carries what the kernel does not hold: what it has may be newer than the origin's. */
static bool grant(struct popcorn *p, struct thread *t) {
    for EACH(i, p->pages) {
        struct use *use = &t->wants[i];
        if (!use->access) continue;
        use->has_value = !p->page[i].held[t->kernel] && t->kernel != ORIGIN;
        use->value = p->member[ORIGIN].frame[i];
        p->page[i].held[t->kernel] = HOLDS;
        if (use->access == WRITE) p->page[i].writer = t->kernel;
    }
    t->executes = true;
    return reply(p, t, t->kernel, (struct message){.uses = t->wants});
}

/* Only the origin can have the page: it has an empty one instead, or none. */
static void clear(struct popcorn *p, uint32_t i, enum access area) {
    p->page[i].area = area;
    p->page[i].writer = NO_KERNEL;
    p->page[i].held[ORIGIN] = LACKS;
    p->member[ORIGIN].copy[i] = NO_ACCESS;
    p->member[ORIGIN].frame[i] = 0;
}

/* Map an empty page, or one that moves, at the lowest that is neither mapped nor taken; where all
 * that is not mapped is taken the question waits. */
static bool map(struct popcorn *p, struct thread *t) {
    uint32_t from = t->page, to = 0, *frame = p->member[ORIGIN].frame;
    bool moves = t->ask.call == MREMAP, is_full = true;
    for EACH(i, p->pages)
        is_full &= p->page[i].area != NO_ACCESS;
    if (is_full || (moves && !p->page[from].area)) return answer(p, t, NO_MEMORY);
    while (to < p->pages && (p->page[to].area || p->page[to].taken))
        to++;
    if (to == p->pages) return false;
    clear(p, to, moves ? p->page[from].area : WRITE);
    if (moves) frame[to] = frame[from];
    if (moves) clear(p, from, NO_ACCESS);
    return answer(p, t, to);
}

static bool clone(struct popcorn *p, struct thread *t) {
    struct message m = {.has = RESULT, .result = 0, .context = t->ask.context};
    uint32_t child = 0;
    while (child < p->threads && p->thread[child].life != UNBORN)
        child++;
    if (child == p->threads) return answer(p, t, AGAIN);
    p->living++;
    send_thread(p, &p->thread[child], t->kernel, m);
    return answer(p, t, child);
}

static bool wake(struct popcorn *p, struct thread *t) {
    for (struct thread *u = p->asking; u; u = u->next)
        if (u->life == SLEEPS && u->page == t->page)
            return answer(p, u, 0) && answer(p, t, 1);
    return answer(p, t, 0);
}

/* A question has the pages that it wants. Whether it is done, and others may be able to go on. */
static bool serve(struct popcorn *p, struct thread *t) {
    uint32_t i = t->page, *frame = p->member[ORIGIN].frame;
    struct page *page = &p->page[i];
    switch (t->ask.call) {
    case FAULT: return grant(p, t);
    case MIGRATE: return reply(p, t, t->ask.goal, (struct message){.has = RESULT});
    case CLONE: return clone(p, t);
    case EXIT: case EXIT_GROUP:
        strike(p, t);
        t->life = EXITED;
        return (--p->living > 0 && t->ask.call == EXIT) || end(p);
    case FORK: return answer(p, t, ++p->children);  /* a process of its own, and not followed */
    case MMAP: case MREMAP: return map(p, t);
    case MMAP_OVER: clear(p, i, WRITE); break;
    case MUNMAP: clear(p, i, NO_ACCESS); break;
    case FORBID:
        if (page->area == WRITE) page->area = READ;
        if (page->writer == ORIGIN) {
            page->writer = NO_KERNEL;
            p->member[ORIGIN].copy[i] = READ;
        }
        break;
    case ALLOW:
        if (page->area == READ) page->area = WRITE;
        break;
    case FUTEX_WAIT:    /* nobody writes to the word now; who writes later and wakes, wakes */
        if (!page->area) return answer(p, t, BAD_ADDRESS);
        if (frame[i] != t->ask.value) return answer(p, t, AGAIN);
        t->life = SLEEPS;
        give_back(p, t);
        return true;
    case FUTEX_WAKE: return wake(p, t);
    case LOOK: return answer(p, t, page->area ? frame[i] : (int64_t)BAD_ADDRESS);
    case FILL:
        if (page->area != WRITE) return answer(p, t, BAD_ADDRESS);
        frame[i] = t->ask.value;
        break;
    case OTHER: case CALLS: break;
    }
    return answer(p, t, 0);
}

/* A fault that the areas do not allow is a signal; who gives way for it already is waited for. */
static bool try(struct popcorn *p, struct thread *t) {
    bool is_allowed = true, is_settled = true;
    for EACH(i, p->pages) {
        is_allowed &= t->ask.call != FAULT || t->wants[i].access <= p->page[i].area;
        is_settled &= p->page[i].taken != t || !p->page[i].due;
    }
    if (t->life == SLEEPS) return false;
    if (!is_allowed)
        return is_settled && reply(p, t, t->kernel, (struct message){.has = REFUSED});
    return (!forms[t->ask.call].takes || take(p, t)) && serve(p, t);
}

/* Whoever is done may let others go on: then begin again with the one that has waited longest. */
static bool try_all(struct popcorn *p) {
    for (struct thread *t = p->asking; t;)
        t = try(p, t) ? p->asking : t->next;
    return true;
}

/* --- the origin: what it is told ------------------------------------------------------------- */

static bool hear_call(struct popcorn *p, uint32_t from, const struct message *m) {
    struct thread *t = m->thread < p->threads ? &p->thread[m->thread] : NULL;
    if (!t || t->life != AWAY || t->kernel != from || t->executes)
        return refuse(p, "this thread does not run on the kernel that it asks from");
    if (!is_call(p, from, m)) return false;
    t->life = p->ending ? EXITED : ASKS;
    if (p->ending) return true;
    t->ask = *m;
    t->ask.context.at = memcpy(t->context, m->context.at, m->context.size);
    t->count = 0;
    for EACH(i, p->pages) {
        t->wants[i] = m->uses[i];
        t->count += m->uses[i].access != NO_ACCESS;
        t->page = m->uses[i].access ? i : t->page;
    }
    *find(p, NULL) = t;
    t->next = NULL;
    return try_all(p);
}

static bool hear_gave(struct popcorn *p, uint32_t from, const struct message *m) {
    struct page *page = m->page < p->pages ? &p->page[m->page] : NULL;
    if (!page || page->held[from] != GIVES)
        return refuse(p, "this kernel was not asked for this page");
    bool wrote = page->writer == from && from != ORIGIN;
    if (from != ORIGIN && wrote != !!(m->has & VALUE))
        return refuse(p, "a page comes back with its value just from the kernel that may write it");
    if (wrote) p->member[ORIGIN].frame[m->page] = m->value;
    if (page->writer == from) page->writer = NO_KERNEL;
    page->held[from] = page->claim == READ ? HOLDS : LACKS;
    page->due--;
    return try_all(p);
}

static bool hear_done(struct popcorn *p, uint32_t from, const struct message *m) {
    struct thread *t = m->thread < p->threads ? &p->thread[m->thread] : NULL;
    if (!t || !t->executes || t->kernel != from)
        return refuse(p, "this thread was granted nothing on this kernel");
    t->executes = false;
    give_back(p, t);
    return try_all(p);
}

static bool hear_farewell(struct popcorn *p, uint32_t from) {
    if (p->guest[from] != TOLD) return refuse(p, "this kernel was not told of the end");
    p->guest[from] = APART;
    return true;
}

bool popcorn_begin(struct popcorn *p, uint32_t to, const struct message *first) {
    if (p->begun || first->thread >= p->threads || to >= p->kernels)
        return refuse(p, "a process begins once, with a thread and on a kernel that there is");
    p->begun = true;
    p->living = 1;
    send_thread(p, &p->thread[first->thread], to, *first);
    return true;
}

bool popcorn_ring(struct popcorn *p, uint32_t thread) {
    bool sleeps = thread < p->threads && p->thread[thread].life == SLEEPS;
    return sleeps ? answer(p, &p->thread[thread], TIMED_OUT) : refuse(p, "no such thread sleeps");
}

bool popcorn_kill(struct popcorn *p) {
    return p->begun && !p->ending ? end(p) : refuse(p, "there is no process, or it ends already");
}

bool popcorn_deliver(struct popcorn *p, uint32_t kernel, uint32_t from, const struct message *m) {
    bool to_origin = m->kind != ANSWER && m->kind != RECALL && m->kind != END;
    if (from >= p->kernels || (to_origin ? kernel : from) != ORIGIN)
        return refuse(p, "no such message goes from this kernel to that one");
    switch (m->kind) {
    case CALL: return hear_call(p, from, m);
    case GAVE: return hear_gave(p, from, m);
    case DONE: return hear_done(p, from, m);
    case FAREWELL: return hear_farewell(p, from);
    case ANSWER: return hear_answer(p, kernel, m);
    case RECALL: return hear_recall(p, kernel, m);
    default: return hear_end(p, kernel);
    }
}

void popcorn_reset(struct popcorn *p, uint32_t kernels, uint32_t threads, uint32_t pages) {
    memset(p, 0, sizeof *p);
    p->kernels = kernels;
    p->threads = threads;
    p->pages = pages;
    for EACH(i, pages)
        p->page[i] = (struct page){.area = WRITE, .writer = NO_KERNEL};
}
