"""Consoles of real Popcorn kernels are held against the model popcorn-2020.

`reading` says whose console a file is, `naming` which numbers are which thread, worker and page.
`line` is a printed line and the state that it meets; `about_threads`, `about_areas` and
`about_pages` have a rule for each kind, with `about_recalls` for what remotes do for the origin,
and `telling` asks them. `beginning` puts before the first line what must have been, and `serving`
finds what a remote had been asked for by then. `look` is a run held against the model, `owing` what
is open at its end, `altering` what a line could have said instead; `running` puts them together,
`reporting` says it in words, and `behaviour` is the trace.
"""
