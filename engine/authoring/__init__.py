"""A flow from first draft to published version: drafts, edits, versions, folders, presence of editors.

What the flow file means is `engine.flow`; what a published flow does is `engine.runs`.
"""
