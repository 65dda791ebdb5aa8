"""Logs that somebody already has, with holes perhaps, are held against a model.

`moving` compiles a model's steps, `world` is a state that they change, `planning` finds silent
steps that make a step possible, by what `wishing` says that it lacks, `observing` is what a log
says in terms of a model, and `searching` follows all behaviours that a log may be. Of our own
format, `lines` reads files, `telling` says what a line means, `beginning` what was before the
first. `validator` puts them together; `diagnosing` says what is wrong with a log that is not
explained, `reporting` says it in words.
"""
