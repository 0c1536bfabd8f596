"""The flow editor: the page around the drawing, the panel of a step, its fields, the data picker, keys, tests
of a draft.

Every edit is a command of `engine.flow.commands`; nothing here changes a definition itself.
"""
