"""The database: transactions, dialects, migrations, tables, one module per noun, ordering and retention.

SQL lives here and nowhere else; the other packages reach it through a transaction. Nothing here decides what
a flow does, compiles an expression or speaks HTTP.
"""
