#!/usr/bin/env node
/*
 * The kernels of core.js behind the protocol of adapters: a JSON object a line in, and one out.
 *
 * With `--one` this is one kernel of a run; `reset` says which. A line that is not JSON, or is not
 * of the protocol's shape, ends the adapter: a reason on stderr, and exit code 2.
 */
"use strict";

const { Kernel, Origin, ORIGIN, Refused, CALLS } = require("./core.js");

const HELLO = {
  version: 1, name: "popcorn-node", language: "JavaScript", level: "messages",
  capabilities: ["migration", "pages", "clone", "exit", "areas", "futex", "fork", "services"],
};

// --- shapes: what a field holds, by name; after a question mark, if it is there ------------------

class BadLine extends Error {}

const COUNT = [0, 2 ** 20];
const VALUE = [0, 2 ** 31 - 1];
const ANY = [-(2 ** 53), 2 ** 53];
const ACCESS = new Set(["read", "write"]);
const WRITES = { each: { page: COUNT, value: VALUE } };
const USE = { page: COUNT, access: ACCESS };
const QUESTION = {
  thread: COUNT, call: new Set(CALLS), context: "string", "?pages": { each: USE },
  "?goal": COUNT, "?value": VALUE,
};
const MESSAGES = {
  CALL: QUESTION,
  ANSWER: {
    thread: COUNT, context: "string", "?pages": { each: { ...USE, "?value": VALUE } },
    "?result": ANY, "?refused": "boolean",
  },
  RECALL: USE,
  GAVE: { page: COUNT, "?value": VALUE },
  DONE: { thread: COUNT }, END: {}, FAREWELL: {},
};
const ORDER = { seq: ANY, kernel: COUNT };
const COMMANDS = {
  hello: {}, bye: {}, kill: ORDER, tick: ORDER,
  reset: { seq: ANY, kernels: COUNT, threads: COUNT, pages: COUNT, "?kernel": COUNT },
  begin: { ...ORDER, thread: COUNT, to: COUNT, context: "string" },
  stop: { ...ORDER, ...QUESTION },
  deliver: { ...ORDER, from: COUNT, message: { by: "kind", shapes: MESSAGES }, "?writes": WRITES },
  ring: { ...ORDER, thread: COUNT },
};

const need = (isSo, path, what) => { if (!isSo) throw new BadLine(`${path} is not ${what}`); };

// Hold a value against a shape, and what is in it.
function check(found, shape, path) {
  if (Array.isArray(shape)) {
    const [least, most] = shape;
    need(Number.isInteger(found) && found >= least && found <= most, path,
      `a whole number from ${least} to ${most}`);
  } else if (shape instanceof Set) {
    need(shape.has(found), path, `one of ${[...shape].join(", ")}`);
  } else if (typeof shape === "string") {
    need(typeof found === shape, path, `a ${shape}`);
  } else if (shape.each) {
    need(Array.isArray(found), path, "a list");
    found.forEach((each, at) => checkObject(each, shape.each, `${path}[${at}]`));
  } else {
    const { by, shapes } = shape;       // one field says of which of several shapes it is
    checkObject(found, { [by]: new Set(Object.keys(shapes)) }, path);
    checkObject(found, shapes[found[by]], path);
  }
}

function checkObject(found, shape, path) {
  need(found !== null && typeof found === "object" && !Array.isArray(found), path, "an object");
  for (const [name, inner] of Object.entries(shape)) {
    const field = name.replace("?", "");
    if (field === name || field in found) check(found[field], inner, `${path}.${field}`);
  }
}

// --- orders --------------------------------------------------------------------------------------

// The kernels of a run that are here, and what they send.
class Run {
  constructor({ kernels, threads, pages, kernel: alone }) {
    if (kernels === 0 || alone >= kernels) throw new Refused("there is no such kernel");
    const sizes = { kernels, threads, pages };
    const send = (to, message) => this.sends.push({ to, message });
    const make = (k) => (k === ORIGIN ? new Origin(sizes, send) : new Kernel(k, sizes, send));
    this.kernels = Array.from({ length: kernels }, (_, k) =>
      (alone === undefined || alone === k ? make(k) : null));
  }

  obey({ cmd, kernel: number, from, message, writes = [], to, ...question }) {
    const kernel = this.kernels[number];
    const { thread, call, context, pages, goal, value } = question;
    if (!kernel) throw new Refused(`kernel ${number} is not here`);
    if (["begin", "ring", "kill"].includes(cmd) && number !== ORIGIN)
      throw new Refused(`${cmd} is for kernel ${ORIGIN}, the origin`);
    this.sends = [];
    if (cmd === "begin") kernel.begin(thread, to, context);
    else if (cmd === "stop") kernel.stop({ thread, call, context, pages, goal, value });
    else if (cmd === "deliver") kernel.receive(from, message, writes);
    else if (cmd === "ring") kernel.ring(thread);
    else if (cmd === "kill") kernel.kill();
    const copies = Array.from(kernel.copies, ([page, access]) => ({ page, access }));
    const granted = (message?.kind === "ANSWER" && message.pages) || [];
    const reads = granted.filter(({ access }) => access === "read")
      .map(({ page }) => ({ page, value: kernel.value(page) }));
    return { sends: this.sends, copies, reads };
  }
}

let run = null;

function answer(order, isOne) {
  const { cmd, seq } = order;
  if (cmd === "hello") return { ...HELLO, kernels: isOne ? "one" : "all" };
  try {
    if (cmd === "reset") run = new Run(order);
    else if (!run) throw new Refused("there is no run: reset begins one");
    return { seq, ...(cmd === "reset" ? {} : run.obey(order)) };
  } catch (error) {
    if (error instanceof Refused) return { seq, result: "error", text: error.message };
    throw error;
  }
}

// --- lines ---------------------------------------------------------------------------------------

function parse(bytes) {
  try {
    return JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
  } catch (error) {
    throw new BadLine(`it is not JSON: ${error.message}`);
  }
}

async function* readLines(stream) {
  let rest = Buffer.alloc(0);
  for await (const chunk of stream) {
    rest = Buffer.concat([rest, chunk]);
    for (let end; (end = rest.indexOf("\n")) >= 0; rest = rest.subarray(end + 1))
      yield rest.subarray(0, end);
  }
  if (rest.length > 0) yield rest;
}

async function main([mode, ...more]) {
  let number = 0;
  try {
    if (more.length > 0 || ![undefined, "--one"].includes(mode))
      throw new BadLine("the only argument is --one: to be one kernel of a run, not all");
    for await (const bytes of readLines(process.stdin)) {
      number++;
      const order = parse(bytes);
      check(order, { by: "cmd", shapes: COMMANDS }, "it");
      if (order.cmd === "bye") break;
      process.stdout.write(`${JSON.stringify(answer(order, mode === "--one"))}\n`);
    }
  } catch (error) {
    if (!(error instanceof BadLine)) throw error;
    process.stderr.write(`adapter: line ${number}: ${error.message}\n`);
    process.exit(2);
  }
}

main(process.argv.slice(2));
