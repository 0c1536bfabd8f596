"""How a flow is drawn, and a run on it: the canvas, folded branches, one item of a loop, a step in words.

Everything here is made from a definition and from records of a run. The editor, the pages of flows and
those of runs share it; it knows none of them, no request and no service.
"""
