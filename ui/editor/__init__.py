"""The flow editor: the canvas, the panel of a step, its fields, the data picker, keys and tests of a draft.

Every edit is a command of `engine.flow.commands`; nothing here changes a definition itself.
"""
