"""A log whose first lines are lost: what must have been so before the first line that is there.

All lines are looked through once. What each thread was doing (`opening`), who had each page
(`holding`) and whether the process was ending (`ending`) show in the first lines about them. Then
a behaviour that leads there is made of steps of the model (`making`).
"""

from popcorn_checker.validating.beginnings.beginning import Beginning

__all__ = ["Beginning"]
