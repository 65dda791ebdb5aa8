"""Journals of runs: what each kernel of an implementation has done, explained by the model.

`reading` reads lines, `telling` says which steps of the model an event is, `composing` does so for
system calls, which are several, and `explaining` takes the steps one by one.
"""
