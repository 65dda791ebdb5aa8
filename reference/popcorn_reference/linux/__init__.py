"""Linux for programs: what a system call does, at the origin or where it is made.

`local` is for calls that concern nothing but their thread; `machine` is the origin's table of
processes; `threads`, `memory`, `files` and `processes` have the other calls, each as a generator
that says what it needs (see `questions`).
"""
