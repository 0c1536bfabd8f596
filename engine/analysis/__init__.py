"""Answers about a flow without running it.

Coverage by samples, dead branches, drift, explanations, forecasts, completion. Nothing here changes anything.
"""
