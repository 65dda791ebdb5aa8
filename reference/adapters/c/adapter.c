/* The kernels of popcorn.h behind the protocol of adapters: a JSON object a line in, and one out.
 *
 * No two fields of a line have one name, so it is read into one list of names, and where the values
 * begin. Strings stay as they are written: contexts are nobody's business, words need no escape. A
 * line that is not JSON, lacks something or is too much ends the adapter with exit code 2.
 */
#define _POSIX_C_SOURCE 200809L
#include "popcorn.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { ITEMS_MAX = 64, DEPTH_MAX = 8, COUNT_MAX = 1 << 20, VALUE_MAX = INT32_MAX };

#define HELLO_REPLY "{\"version\":1,\"name\":\"popcorn-c\",\"language\":\"C\",\"kernels\":\"%s\"," \
    "\"level\":\"messages\",\"capabilities\":[\"migration\",\"pages\",\"clone\",\"exit\"," \
    "\"areas\",\"futex\",\"fork\",\"services\"]}\n"

typedef const char *const words[];
enum { HELLO, RESET, BEGIN, STOP, DELIVER, RING, KILL, TICK, BYE };
static words commands = {"hello", "reset", "begin", "stop", "deliver", "ring", "kill", "tick",
    "bye", NULL};
static words kinds = {"CALL", "ANSWER", "RECALL", "GAVE", "DONE", "END", "FAREWELL", NULL};
static words accesses = {"\n" /* cannot be written */, "read", "write", NULL};
static words calls = {"fault", "migrate", "clone", "exit", "fork", "exit_group", "mmap",
    "mmap_over", "munmap", "forbid", "allow", "mremap", "futex_wait", "futex_wake", "look", "fill",
    "other", NULL};

static size_t lines;
static const char *at;          /* how far the line is read */
static struct item { struct text name; const char *value; } items[ITEMS_MAX];
static int first, last, depth;  /* of the object that is looked at */
static struct use uses[PAGES_MAX];  /* what the line says of each page */
static bool are_odd;            /* it names a page that there is not, or one twice */
static struct popcorn run;      /* without kernels until it is begun */
static uint32_t alone;          /* the only kernel that is here, or how many there are */
static const char *between;     /* what comes before the next thing in a list */

static _Noreturn void fail(const char *format, ...) {
    va_list rest;
    va_start(rest, format);
    fprintf(stderr, "adapter: line %zu: ", lines);
    vfprintf(stderr, format, rest);
    fputc('\n', stderr);
    _Exit(2);
}

/* --- what a line says ------------------------------------------------------------------------ */

static void take(bool fits, size_t size) {
    int left = fits ? 0 : (int)strcspn(at, "\n");
    if (!fits) fail("not JSON, or of another shape, from here on: %.*s", left < 40 ? left : 40, at);
    at += size;
}

static char next(void) {
    at += strspn(at, " \t\r\n");
    return *at;
}

static struct text take_string(void) {
    const char *begin = at + 1;
    for (take(*at == '"', 1); *at != '"';)
        if (*at != '\\')
            take((unsigned char)*at >= ' ', 1);
        else if (at[1] == 'u')
            take(strspn(at + 2, "0123456789abcdefABCDEF") >= 4, 6);
        else
            take(at[1] && strchr("\"\\/bfnrt", at[1]), 2);
    return (struct text){begin, (size_t)(at++ - begin)};
}

/* Whether a list or an object goes on after its beginning, or after something in it. */
static bool goes_on(char end, bool is_begun) {
    if (next() == end) return at++, false;
    if (is_begun) take(*at == ',', 1);
    return next(), true;
}

static const char *find(const char *name) {
    for (int i = first; i < last; i++)
        if (items[i].name.size == strlen(name) && !memcmp(items[i].name.at, name, strlen(name)))
            return items[i].value;
    return NULL;
}

static const char *need(const char *name) {
    if (!find(name)) fail("%s is missing", name);
    return find(name);
}

static long long number(const char *name, long long least, long long most) {
    const char *begin = need(name), *digits = begin + (*begin == '-');
    char *end;
    errno = 0;
    long long found = strtoll(begin, &end, 10);
    bool is_whole = *digits >= '0' && *digits <= '9' && (*digits != '0' || end == digits + 1);
    if (!is_whole || !*end || !strchr(" \t\r\n,}", *end) || errno || found < least || found > most)
        fail("%s is no whole number from %lld to %lld", name, least, most);
    return found;
}

static uint32_t count(const char *name) { return (uint32_t)number(name, 0, COUNT_MAX); }

static bool get(const char *name, uint32_t most, uint32_t *value) {
    if (find(name)) *value = (uint32_t)number(name, 0, most);
    return find(name);
}

static int word(const char *name, words list) {
    const char *value = need(name);
    size_t size = strcspn(value + 1, "\"");
    for (int i = 0; list[i]; i++)
        if (*value == '"' && size == strlen(list[i]) && !memcmp(value + 1, list[i], size))
            return i;
    fail("%s is none of the words that it can be", name);
}

/* What the object that was read last says of a page, or writes to it. */
static void read_use(bool writes) {
    uint32_t page = count("page"), value = 0;
    enum access access = writes ? NO_ACCESS : (enum access)word("access", accesses);
    bool has_value = get("value", VALUE_MAX, &value);
    if (writes) need("value");
    are_odd |= page >= run.pages || (writes ? uses[page].is_written : uses[page].access > 0);
    if (are_odd) return;
    struct use *use = &uses[page];
    *use = writes ? (struct use){use->access, use->has_value, true, use->value, value}
                  : (struct use){access, has_value, use->is_written, value, use->written};
}

/* An object, with the fields of an object in it. Of a list, what it says of pages is noted. */
static void take_object(void) {
    take(next() == '{' && depth++ < DEPTH_MAX, 1);
    for (bool is_begun = false; goes_on('}', is_begun); is_begun = true) {
        struct text name = take_string();
        take(next() == ':' && last < ITEMS_MAX, 1);
        items[last++] = (struct item){name, (next(), at)};
        size_t size = !strncmp(at, "true", 4) || !strncmp(at, "null", 4) ? 4
            : !strncmp(at, "false", 5) ? 5 : strspn(at, "+-.0123456789eE");
        if (*at == '{') {
            take_object();
        } else if (*at == '[') {
            int outer = first;
            first = last;
            at++;
            for (bool has_begun = false; goes_on(']', has_begun); has_begun = true) {
                take_object();
                read_use(*name.at == 'w');
                last = first;
            }
            first = outer;
        } else if (*at == '"')
            take_string();
        else
            take(size > 0, size);
    }
    depth--;
}

static struct message read_message(enum kind kind) {
    struct message m = {.kind = kind, .uses = uses};
    if (kind == CALL || kind == ANSWER || kind == DONE) m.thread = count("thread");
    if (kind == RECALL || kind == GAVE) m.page = count("page");
    if (kind == RECALL) m.access = (enum access)word("access", accesses);
    if (kind == CALL) m.call = (enum call)word("call", calls);
    if (kind == CALL && get("goal", COUNT_MAX, &m.goal)) m.has |= GOAL;
    if ((kind == CALL || kind == GAVE) && get("value", VALUE_MAX, &m.value)) m.has |= VALUE;
    if (kind == CALL || kind == ANSWER) {
        at = need("context");
        m.context = take_string();
        if (m.context.size > CONTEXT_MAX) fail("context has more than %d bytes", CONTEXT_MAX);
    }
    return m;
}

static void write_use(uint32_t page, enum access access, const uint32_t *value) {
    printf("%s{\"page\":%u", between, page);
    if (access) printf(",\"access\":\"%s\"", accesses[access]);
    if (value) printf(",\"value\":%u", *value);
    printf("}");
    between = ",";
}

void popcorn_send(uint32_t to, const struct message *m) {
    printf("%s{\"to\":%u,\"message\":{\"kind\":\"%s\"", between, to, kinds[m->kind]);
    bool has_context = m->kind == CALL || m->kind == ANSWER;
    if (has_context || m->kind == DONE) printf(",\"thread\":%u", m->thread);
    if (m->kind == CALL) printf(",\"call\":\"%s\"", calls[m->call]);
    if (m->kind == RECALL || m->kind == GAVE) printf(",\"page\":%u", m->page);
    if (m->kind == RECALL) printf(",\"access\":\"%s\"", accesses[m->access]);
    if (m->has & GOAL) printf(",\"goal\":%u", m->goal);
    if (m->has & VALUE) printf(",\"value\":%u", m->value);
    if (m->has & RESULT) printf(",\"result\":%lld", (long long)m->result);
    if (m->has & REFUSED) printf(",\"refused\":true");
    if (has_context) {
        printf(",\"context\":\"%.*s\",\"pages\":[", (int)m->context.size, m->context.at);
        between = "";
        for (uint32_t i = 0; m->uses && i < run.pages; i++)
            if (m->uses[i].access)
                write_use(i, m->uses[i].access, m->uses[i].has_value ? &m->uses[i].value : NULL);
        printf("]");
    }
    printf("}}");
    between = ",";
}

/* --- orders ---------------------------------------------------------------------------------- */

static bool reset(void) {
    uint32_t kernels = count("kernels"), threads = count("threads"), pages = count("pages");
    if (kernels > KERNELS_MAX || threads > THREADS_MAX || pages > PAGES_MAX)
        fail("at most %d kernels, %d threads, %d pages", KERNELS_MAX, THREADS_MAX, PAGES_MAX);
    if (find("kernel") && count("kernel") >= kernels) return false;
    popcorn_reset(&run, kernels, threads, pages);
    alone = find("kernel") ? count("kernel") : kernels;
    return true;
}

static bool obey(int command, uint32_t kernel, const struct message *m) {
    run.why = are_odd ? "a list names a page that there is not, or one twice"
                      : "this kernel is not here, or this is not for it to do";
    if (command == RESET) return reset();
    if (kernel >= run.kernels || (alone < run.kernels && kernel != alone) || are_odd) return false;
    switch (command) {
    case STOP: return popcorn_stop(&run, kernel, m);
    case DELIVER: return popcorn_deliver(&run, kernel, count("from"), m);
    case BEGIN: return kernel == ORIGIN && popcorn_begin(&run, count("to"), m);
    case RING: return kernel == ORIGIN && popcorn_ring(&run, m->thread);
    case KILL: return kernel == ORIGIN && popcorn_kill(&run);
    default: return true;
    }
}

/* What page tables allow, and what the instruction has read whose pages have come. */
static void write_tables(const struct member *member, bool has_read) {
    printf("],\"copies\":[");
    between = "";
    for (uint32_t i = 0; i < run.pages; i++)
        if (member->copy[i]) write_use(i, member->copy[i], NULL);
    printf("],\"reads\":[");
    between = "";
    for (uint32_t i = 0; i < run.pages; i++)
        if (has_read && uses[i].access == READ) write_use(i, NO_ACCESS, &member->frame[i]);
}

static void answer(int command) {
    static const enum kind like[TICK + 1] = {
        [RESET] = END, [BEGIN] = ANSWER, [STOP] = CALL, [RING] = DONE, [KILL] = END, [TICK] = END};
    enum kind kind = command == DELIVER ? (enum kind)word("kind", kinds) : like[command];
    uint32_t kernel = command == RESET ? ORIGIN : count("kernel");
    struct message m = read_message(kind);
    printf("{\"seq\":%lld,\"sends\":[", number("seq", INT64_MIN, INT64_MAX));
    between = "";
    bool is_done = obey(command, kernel, &m);
    if (is_done) write_tables(&run.member[kernel], command == DELIVER && kind == ANSWER);
    printf(is_done ? "]}\n" : "],\"result\":\"error\",\"text\":\"%s\"}\n", run.why);
}

int main(int argc, char **argv) {
    static char *line;
    size_t room = 0;
    bool is_one = argc == 2 && strcmp(argv[1], "--one") == 0;
    if (argc > 1 + is_one) fail("the only argument is --one: to be one kernel of a run, not all");
    for (ssize_t size; (size = getline(&line, &room, stdin)) > 0; fflush(stdout)) {
        lines++;
        at = line;
        first = last = depth = 0;
        are_odd = false;
        memset(uses, 0, sizeof uses);
        take_object();
        take(next() == '\0' && at == line + size, 0);
        int command = word("cmd", commands);
        if (command == BYE) break;
        if (command == HELLO) printf(HELLO_REPLY, is_one ? "one" : "all");
        else answer(command);
    }
    return 0;
}
