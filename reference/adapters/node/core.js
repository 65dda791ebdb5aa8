/*
 * The protocol popcorn: kernels that run the threads of one process and share its pages.
 *
 * Kernel 0 is the origin. A thread that needs anything stops, and its question travels to the
 * origin with its context; whoever gets the answer runs the thread. Each question is served by a
 * generator, which yields whenever it has to wait, and what it yields says until when.
 *
 * There is no I/O here. What happens is told to a kernel by a call, and messages go to the function
 * that it was made with. What does not fit is `Refused` before anything has changed.
 */
"use strict";

const ORIGIN = 0;
const [EAGAIN, ENOMEM, EFAULT, ETIMEDOUT] = [-11, -12, -14, -110];
const RANKS = { none: 0, read: 1, write: 2 };

class Refused extends Error {}

const need = (condition, reason) => { if (!condition) throw new Refused(reason); };
const suffices = (allowed, wanted) => RANKS[allowed] >= RANKS[wanted];

function checkPages(uses, sizes) {
  need(new Set(uses.map(({ page }) => page)).size === uses.length, "a page is named twice");
  for (const { page } of uses) need(page < sizes.pages, `page ${page}: there are ${sizes.pages}`);
}

// Is a question complete, and about what there is?
function checkQuestion({ thread, call, goal, value, pages = [] }, kernel, sizes) {
  const wants = WANTS[call];
  const [first] = pages;
  need(thread < sizes.threads, `thread ${thread}: there are ${sizes.threads}`);
  checkPages(pages, sizes);
  if (call === "fault") need(first, "a fault is about one page or several");
  else if (!wants) need(!first, `${call} is about no page`);
  else need(pages.length === 1 && first.access === wants, `${call} is about one page to ${wants}`);
  if (call === "migrate")
    need(goal < sizes.kernels && goal !== kernel, `migrate is to one of ${sizes.kernels} kernels`);
  need(value !== undefined || !["fill", "futex_wait"].includes(call), `${call} is about a value`);
}

// A kernel's side of the process. It decides nothing, and knows no areas.
class Kernel {
  constructor(number, sizes, send) {
    this.number = number;
    this.sizes = sizes;
    this.send = send;
    this.state = "stranger";    // then "guest", then "gone"
    this.threads = new Set();
    this.copies = new Map();    // what page tables allow: "read" or "write"
    this.frames = new Map();    // what pages hold that have held something
  }

  access(page) { return this.copies.get(page) ?? "none"; }
  value(page) { return this.frames.get(page) ?? 0; }

  // A thread stops, and asks.
  stop(question) {
    const { thread, call, pages } = question;
    need(this.threads.has(thread), `thread ${thread} does not run on kernel ${this.number}`);
    checkQuestion(question, this.number, this.sizes);
    const faults = (pages ?? []).some(({ page, access }) => !suffices(this.access(page), access));
    need(call !== "fault" || faults, `thread ${thread} may do all that it is said to fault on`);
    this.threads.delete(thread);
    this.send(ORIGIN, { kind: "CALL", ...question });
  }

  // A message arrives; `writes` is what an instruction does whose pages come with it.
  receive(from, message, writes) {
    const hear = { ANSWER: this.run, RECALL: this.giveWay, END: this.end }[message.kind];
    need(hear && from === ORIGIN, `no ${message.kind} comes from kernel ${from} to ${this.number}`);
    hear.call(this, message, writes);
  }

  // Run a thread. After a fault its pages are mapped and its instruction is executed before others
  // are heard: so a thread that is answered has made a step, whatever they want of these pages.
  run({ thread, pages = [] }, writes) {
    this.checkAnswer(thread, pages, writes);
    this.state = "guest";
    this.threads.add(thread);
    for (const { page, access, value } of pages) {
      if (value !== undefined && this.number !== ORIGIN) this.frames.set(page, value);
      if (!suffices(this.access(page), access)) this.copies.set(page, access);
    }
    for (const { page, value } of writes) this.frames.set(page, value);
    if (pages.length > 0) this.send(ORIGIN, { kind: "DONE", thread });
  }

  checkAnswer(thread, pages, writes) {
    need(this.state !== "gone" && thread < this.sizes.threads && !this.threads.has(thread),
      `kernel ${this.number} cannot begin to run thread ${thread}`);
    checkPages(pages, this.sizes);
    checkPages(writes, this.sizes);
    for (const { page, value } of this.number === ORIGIN ? [] : pages)
      need((value === undefined) === this.copies.has(page),
        `page ${page} comes with its value just if kernel ${this.number} has no copy of it`);
    const isGranted = (page) => pages.some((use) => use.page === page && use.access === "write");
    for (const { page } of writes) need(isGranted(page), `page ${page} is not granted for writing`);
  }

  // Write no more, or drop the copy, and send what may have been written.
  giveWay({ page, access }) {
    const had = this.access(page);
    need(suffices(had, access === "read" ? "write" : "read"), `page ${page} is in nobody's way`);
    if (access === "read") this.copies.set(page, "read");
    else this.copies.delete(page);
    const carries = had === "write" && this.number !== ORIGIN;
    this.send(ORIGIN, { kind: "GAVE", page, value: carries ? this.value(page) : undefined });
  }

  end() {
    need(this.state === "guest", `kernel ${this.number} has nothing of the process`);
    this.state = "gone";
    this.threads.clear();
    this.copies.clear();
    this.send(ORIGIN, { kind: "FAREWELL" });
  }
}

// A page in the directory: what may be done with it at all, who has a copy, who may write it, whose
// question has taken it and what for, and who has still to give way.
const makePage = (number) => ({
  number, area: "write", holders: new Set(), writer: null, taken: null, claim: null, due: new Set(),
});
const isMapped = ({ area }) => area !== "none";
const isFree = ({ taken }) => taken === null;

// The kernel that has the process: it is a kernel like others, and answers what they ask.
class Origin extends Kernel {
  roll = new Map();         // threads that were ever created: where they are, what they do
  guests = new Map();       // kernels that were sent threads: "joined", or "told" of the end
  questions = [];           // in the order of coming
  sleepers = [];            // those of them that sleep, in the order of falling asleep
  turn = null;              // the one that may take more than one page
  children = 0;
  isEnding = false;

  constructor(sizes, send) {
    super(ORIGIN, sizes, send);
    this.pages = Array.from({ length: sizes.pages }, (_, number) => makePage(number));
  }

  begin(thread, to, context) {
    need(this.roll.size === 0, "the process has begun");
    need(thread < this.sizes.threads && to < this.sizes.kernels, "no such thread, or kernel");
    this.sendThread(thread, to, { context });
  }

  ring(thread) {
    const sleeper = this.sleepers.find((question) => question.thread === thread);
    need(sleeper, `thread ${thread} does not sleep`);
    this.wake(sleeper, ETIMEDOUT);
    this.settle();
  }

  kill() {
    need(this.roll.size > 0 && !this.isEnding, "there is no process, or it ends already");
    this.endAll();
  }

  receive(from, message, writes) {
    need(from < this.sizes.kernels, `kernel ${from}: there are ${this.sizes.kernels}`);
    const hear = { CALL: this.hearCall, GAVE: this.hearGave, DONE: this.hearDone,
      FAREWELL: this.hearFarewell }[message.kind];
    if (hear) hear.call(this, from, message);
    else super.receive(from, message, writes);
    this.settle();
  }

  hearCall(from, message) {
    const entry = this.roll.get(message.thread);
    need(entry?.state === "away" && entry.kernel === from && !entry.executes,
      `thread ${message.thread} does not run on kernel ${from}`);
    checkQuestion(message, from, this.sizes);
    entry.state = this.isEnding ? "exited" : "asks";
    if (this.isEnding) return;
    const wants = (message.pages ?? []).map((use) => ({ ...use, page: this.pages[use.page] }));
    const question = { ...message, kernel: from, wants, until: () => true };
    question.program = programs[message.call](this, question);
    this.questions.push(question);
  }

  hearGave(from, { page: number, value }) {
    const page = this.pages[number];
    need(page?.due.has(from), `kernel ${from} was not asked for page ${number}`);
    need(from === ORIGIN || (value !== undefined) === (page.writer === from),
      `page ${number} comes back with its value just from its writer`);
    page.due.delete(from);
    if (page.writer === from) page.writer = null;
    if (page.claim === "write") page.holders.delete(from);
    if (value !== undefined && from !== ORIGIN) this.frames.set(number, value);
  }

  hearDone(from, { thread }) {
    const entry = this.roll.get(thread);
    need(entry?.executes && entry.kernel === from, `thread ${thread} was granted nothing there`);
    this.giveBack(entry.executes);
    entry.executes = null;
  }

  hearFarewell(from) {
    need(this.guests.get(from) === "told", `kernel ${from} was not told that the process ends`);
    this.guests.delete(from);
  }

  // Whoever came first goes on first; and what it does may let others go on.
  settle() {
    for (let next; (next = this.questions.find((question) => question.until()));) {
      const { done, value: until } = next.program.next();
      if (done) this.questions = this.questions.filter((question) => question !== next);
      else next.until = until;
    }
  }

  sendThread(thread, kernel, rest) {
    this.roll.set(thread, { state: "away", kernel, executes: null });
    this.guests.set(kernel, "joined");
    this.send(kernel, { kind: "ANSWER", thread, ...rest });
  }

  answer(question, rest, kernel = question.kernel) {
    this.giveBack(question);
    this.sendThread(question.thread, kernel, { context: question.context, ...rest });
  }

  exit({ thread }) { this.roll.get(thread).state = "exited"; }

  // To ask is from now on to exit. Pages stay taken: some have still to be given.
  endAll() {
    this.isEnding = true;
    this.questions.forEach((question) => this.exit(question));
    this.questions = this.sleepers = [];
    for (const kernel of this.guests.keys()) {
      this.guests.set(kernel, "told");
      this.send(kernel, { kind: "END" });
    }
  }

  wake(sleeper, result) {
    sleeper.result = result;
    this.sleepers = this.sleepers.filter((question) => question !== sleeper);
  }

  // Take the pages that a question wants, each as soon as it is free, and wait until nobody is in
  // the way on any. What it wants is asked anew each time.
  * take(question, wants = () => question.wants) {
    const missing = () => wants().filter(({ page }) => page.taken !== question);
    const free = () => missing().filter(({ page }) => isFree(page));
    const isInTheWay = ({ taken, due }) => taken === question && due.size > 0;
    const hasAll = () => missing().length === 0 && !this.pages.some(isInTheWay);
    while (!hasAll()) {
      for (const { page, access } of free()) this.claim(question, page, access);
      yield () => hasAll() || free().length > 0;
    }
  }

  // Who holds a page and waits for another needs the turn, or two could wait for each other.
  * takeTurn(question, isNeeded = () => true) {
    yield () => this.turn === null || !isNeeded();
    this.turn ??= question;
  }

  // Recall a page from whoever is in the way: for a writer all others that have a copy, for a
  // reader only the writer. Calls other than faults are the origin's own use of the page.
  claim(question, page, access) {
    const excused = question.call === "fault" ? question.kernel : ORIGIN;
    page.taken = question;
    page.claim = access;
    for (const kernel of page.holders) {
      if (kernel === excused || (access === "read" && kernel !== page.writer)) continue;
      page.due.add(kernel);
      this.send(kernel, { kind: "RECALL", page: page.number, access });
    }
  }

  giveBack(question) {
    if (this.turn === question) this.turn = null;
    for (const page of this.pages) if (page.taken === question) page.taken = null;
  }

  // Put an empty page in the place of one that nobody has but the origin, or nothing.
  clear(page, area) {
    page.area = area;
    page.writer = null;
    page.holders.delete(ORIGIN);
    this.copies.delete(page.number);
    this.frames.delete(page.number);
  }

  // Wait for a page that is neither mapped nor taken; undefined if all are mapped.
  * findRoom() {
    const room = () => this.pages.find((page) => !isMapped(page) && isFree(page));
    yield () => room() || this.pages.every(isMapped);
    return room();
  }
}

// --- what the origin does about each call --------------------------------------------------------

// What calls that are about one page want of it.
const WANTS = {
  mmap_over: "write", munmap: "write", mremap: "write", fill: "write", forbid: "read",
  allow: "read", look: "read", futex_wait: "read", futex_wake: "read",
};

// What is done with the one page of a call when it is taken; what comes of it is 0 by default.
const effects = {
  mmap_over: (origin, page) => origin.clear(page, "write"),
  munmap: (origin, page) => origin.clear(page, "none"),
  allow: (origin, page) => { if (page.area === "read") page.area = "write"; },
  forbid(origin, page) {
    if (page.area === "write") page.area = "read";
    if (page.writer === ORIGIN) origin.copies.set(page.number, "read");
    if (page.writer === ORIGIN) page.writer = null;
  },
  look: (origin, page) => (isMapped(page) ? origin.value(page.number) : EFAULT),
  fill(origin, page, value) {
    if (page.area !== "write") return EFAULT;
    origin.frames.set(page.number, value);
  },
};

const programs = {
  // The answer carries what the kernel does not hold: what it has may be newer than ours.
  * fault(origin, question) {
    const { kernel, thread, context, wants } = question;
    const isAllowed = () => wants.every(({ page, access }) => suffices(page.area, access));
    if (wants.length > 1) yield* origin.takeTurn(question, isAllowed);
    yield* origin.take(question, () => (isAllowed() ? wants : []));
    if (!isAllowed()) return origin.answer(question, { refused: true });
    const pages = wants.map(({ page, access }) => {
      const carries = kernel !== ORIGIN && !page.holders.has(kernel);
      page.holders.add(kernel);
      if (access === "write") page.writer = kernel;
      return { page: page.number, access, value: carries ? origin.value(page.number) : undefined };
    });
    if (origin.turn === question) origin.turn = null;
    origin.sendThread(thread, kernel, { context, pages });
    origin.roll.get(thread).executes = question;    // and keeps its pages until it has done so
  },

  * migrate(origin, question) { origin.answer(question, { result: 0 }, question.goal); },
  * other(origin, question) { origin.answer(question, { result: 0 }); },

  * clone(origin, question) {
    let child = 0;
    while (origin.roll.has(child)) child++;
    if (child >= origin.sizes.threads) return origin.answer(question, { result: EAGAIN });
    origin.sendThread(child, question.kernel, { context: question.context, result: 0 });
    origin.answer(question, { result: child });
  },

  * exit(origin, question) {
    origin.exit(question);
    const isLast = [...origin.roll.values()].every(({ state }) => state === "exited");
    if (isLast || question.call === "exit_group") origin.endAll();
  },

  exit_group: (...both) => programs.exit(...both),

  // All that is mapped, at one moment. The child is a process of its own, and not followed.
  * fork(origin, question) {
    const wants = () => origin.pages.filter(isMapped).map((page) => ({ page, access: "read" }));
    yield* origin.takeTurn(question);
    yield* origin.take(question, wants);
    origin.answer(question, { result: ++origin.children });
  },

  * mmap(origin, question) {
    const room = yield* origin.findRoom();
    if (room) origin.clear(room, "write");
    origin.answer(question, { result: room?.number ?? ENOMEM });
  },

  * mremap(origin, question) {
    const [{ page }] = question.wants;
    yield* origin.take(question);
    const room = isMapped(page) ? yield* origin.findRoom() : undefined;
    if (!room) return origin.answer(question, { result: ENOMEM });
    origin.clear(room, page.area);
    origin.frames.set(room.number, origin.value(page.number));
    origin.clear(page, "none");
    origin.answer(question, { result: room.number });
  },

  // Nobody writes to the word while it is looked at: who writes later and wakes, wakes.
  * futex_wait(origin, question) {
    const [{ page }] = question.wants;
    yield* origin.take(question);
    const isSame = origin.value(page.number) === question.value;
    const error = !isMapped(page) ? EFAULT : !isSame ? EAGAIN : 0;
    if (error) return origin.answer(question, { result: error });
    origin.giveBack(question);
    origin.sleepers.push(question);
    yield () => question.result !== undefined;
    origin.answer(question, { result: question.result });
  },

  * futex_wake(origin, question) {
    const [{ page }] = question.wants;
    const sleeper = origin.sleepers.find(({ wants }) => wants[0].page === page);
    if (sleeper) origin.wake(sleeper, 0);
    origin.answer(question, { result: sleeper ? 1 : 0 });
  },
};

for (const [call, effect] of Object.entries(effects))
  programs[call] = function* serve(origin, question) {
    yield* origin.take(question);
    const result = effect(origin, question.wants[0].page, question.value) ?? 0;
    origin.answer(question, { result });
  };

module.exports = { Kernel, Origin, ORIGIN, Refused, CALLS: Object.keys(programs) };
